//! The runs and events of a trace.

use std::{collections::BTreeSet, fmt};

use serde_json::{Map, Value};

/// A run of a trace, with its events.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) id: Value,
    pub(super) name: String,
    /// The tags, sorted.
    pub(super) tags: Vec<String>,
    /// The index of the parent run in the trace. `None` if there is no parent, or if the trace
    /// contains no events of the parent.
    pub(super) parent: Option<usize>,
    /// The names of the parent runs, root first. A name is `None` if the trace contains no events
    /// of that parent.
    pub(super) path: Vec<Option<String>>,
    pub(super) moments: Vec<Moment>,
}

/// An event of a run.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Moment {
    /// The position of the event in the trace.
    pub(super) at: usize,
    pub(super) event: String,
    pub(super) tags: Vec<String>,
    pub(super) metadata: Map<String, Value>,
    pub(super) data: Value,
}

impl Run {
    pub(super) fn start(&self) -> Option<&Moment> {
        self.moments.first().filter(|moment| moment.event.ends_with("_start"))
    }

    pub(super) fn end(&self) -> Option<&Moment> {
        self.moments.last().filter(|moment| moment.is_end() || moment.is_failure())
    }

    pub(super) fn chunks(&self) -> impl Iterator<Item = &Moment> {
        self.moments.iter().filter(|moment| moment.is_chunk())
    }

    /// Finds the chunks of this run that are made from chunks of `child`. Returns pairs of chunk
    /// indexes: first of the child, then of this run. A chunk is made from a chunk of the child if
    /// it has the same value, or contains this value under the key of the child.
    pub(super) fn made_of(&self, child: &Self) -> Vec<(usize, usize)> {
        let key = child.key();
        let value_of = |chunk: &Moment| {
            let chunk = &chunk.data["chunk"];
            key.map_or_else(|| Some(chunk.clone()), |key| chunk.get(key).cloned())
        };
        let mut pairs: Vec<(usize, usize)> = Vec::new();
        for (effect, chunk) in self.chunks().enumerate() {
            let Some(value) = value_of(chunk) else { continue };
            let cause = child.chunks().enumerate().position(|(cause, of_child)| {
                of_child.data["chunk"] == value
                    && of_child.at < chunk.at
                    && pairs.iter().all(|(taken, _)| *taken != cause)
            });
            pairs.extend(cause.map(|cause| (cause, effect)));
        }
        pairs
    }

    /// Returns the key under which the chunks of the parent contain the output of this run. `None`
    /// if this run is not a branch of a parallel step.
    pub(super) fn key(&self) -> Option<&str> {
        self.tags.iter().find_map(|tag| tag.strip_prefix("map:key:"))
    }

    /// Sorts the chunks of this run that have one of `keys` by their key. Chunks with the same key
    /// keep their order. All other events keep their positions.
    pub(super) fn sort_chunks_of(&mut self, keys: &BTreeSet<String>) {
        let key_of = |moment: &Moment| match &moment.data["chunk"] {
            Value::Object(fields) if fields.len() == 1 => {
                fields.keys().next().filter(|key| keys.contains(*key)).cloned()
            }
            _ => None,
        };
        let places: Vec<_> =
            (0..self.moments.len()).filter(|&at| key_of(&self.moments[at]).is_some()).collect();
        let mut chunks: Vec<_> = places.iter().map(|&at| self.moments[at].clone()).collect();
        chunks.sort_by_key(key_of);
        for (place, chunk) in places.into_iter().zip(chunks) {
            self.moments[place] = chunk;
        }
    }
}

impl Moment {
    pub(super) fn is_end(&self) -> bool {
        self.event.ends_with("_end")
    }

    pub(super) fn is_chunk(&self) -> bool {
        self.event.ends_with("_stream")
    }

    pub(super) fn is_failure(&self) -> bool {
        self.event.ends_with("_error") || self.event.ends_with("_cancelled")
    }
}

/// Formats the name and the data of the event: `on_chain_stream {"chunk":2}`.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.event, self.data)
    }
}

/// Formats the path and the tags of the run: `RunnableSequence > add_one [seq:step:1]`.
impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for name in &self.path {
            write!(f, "{} > ", name.as_deref().unwrap_or("…"))?;
        }
        f.write_str(&self.name)?;
        if !self.tags.is_empty() {
            write!(f, " [{}]", self.tags.join(" "))?;
        }
        Ok(())
    }
}
