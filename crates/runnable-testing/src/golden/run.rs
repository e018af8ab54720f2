//! One run of a trace.

use std::{collections::BTreeSet, fmt};

use serde_json::{Map, Value};

/// One run, with its own events.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) id: Value,
    pub(super) name: String,
    /// Sorted.
    pub(super) tags: Vec<String>,
    /// Where the run around it stands in the trace, if that is told of.
    pub(super) parent: Option<usize>,
    /// The names of the runs around it, from the root down, as far as they are told of.
    pub(super) path: Vec<Option<String>>,
    pub(super) moments: Vec<Moment>,
}

/// One event of a run.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Moment {
    /// Where it stands in the whole trace.
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

    /// Pairs of chunks, by their numbers: one of a child, and the one of this run that was made of
    /// it, having the same value, or the same under the child's key.
    pub(super) fn made_of(&self, child: &Self) -> Vec<(usize, usize)> {
        let key = child.key();
        let news = |chunk: &Moment| {
            let chunk = &chunk.data["chunk"];
            key.map_or_else(|| Some(chunk.clone()), |key| chunk.get(key).cloned())
        };
        let mut pairs: Vec<(usize, usize)> = Vec::new();
        for (effect, chunk) in self.chunks().enumerate() {
            let Some(value) = news(chunk) else { continue };
            let cause = child.chunks().enumerate().position(|(cause, of_child)| {
                of_child.data["chunk"] == value
                    && of_child.at < chunk.at
                    && pairs.iter().all(|(taken, _)| *taken != cause)
            });
            pairs.extend(cause.map(|cause| (cause, effect)));
        }
        pairs
    }

    /// The key under which the run around this one has its chunks, if it is a branch.
    pub(super) fn key(&self) -> Option<&str> {
        self.tags.iter().find_map(|tag| tag.strip_prefix("map:key:"))
    }

    /// Brings the chunks that have one of these keys into the order of the keys. All other events
    /// stay where they are, and so does the order of the chunks of one key.
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

/// `on_chain_stream {"chunk":2}`.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.event, self.data)
    }
}

/// `RunnableSequence > add_one [seq:step:1]`.
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
