//! [`RecordedRun`]: a run that is assembled from the events of a recording.

use std::{collections::HashMap, time::Duration};

use serde_json::Value;

use crate::{RecordedData, RecordedError, RecordedEvent};

/// A run of a recording.
#[derive(Debug)]
pub(crate) struct RecordedRun<'a> {
    /// The first event of the run, which contains its name, kind and position.
    pub(crate) event: &'a RecordedEvent,
    /// The number of the first event in the recording.
    pub(crate) started: usize,
    /// The number of the last event in the recording. `None` if the run did not end.
    pub(crate) ended: Option<usize>,
    /// The parent run and the position in the list of runs. `None` for a root.
    pub(crate) parent: Option<usize>,
    /// The child runs, in the order of their starts.
    pub(crate) children: Vec<usize>,
    /// The input. `None` if it was not recorded.
    pub(crate) input: Option<&'a Value>,
    /// The chunks of the output, with their times since the start of the run.
    pub(crate) chunks: Vec<(Duration, &'a Value)>,
    pub(crate) ending: Ending<'a>,
    /// The time from the start of the run to its last event.
    pub(crate) elapsed: Duration,
}

/// How a run ended.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ending<'a> {
    /// The run has returned its output. The output is `None` if it was not recorded.
    Output(Option<&'a Value>),
    Error {
        error: &'a RecordedError,
        partial: Option<&'a Value>,
    },
    Cancelled {
        cause: Option<&'a str>,
        partial: Option<&'a Value>,
    },
    /// The recording does not contain the end of the run.
    Unfinished,
}

/// The name of a run, and its position in its parent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub(crate) name: String,
    pub(crate) tag: Option<String>,
    pub(crate) attempt: Option<u32>,
    pub(crate) item: Option<u64>,
}

impl<'a> RecordedRun<'a> {
    /// Returns the runs of a recording, in the order of their starts.
    pub(crate) fn all(events: &'a [RecordedEvent]) -> Vec<Self> {
        let mut runs: Vec<Self> = Vec::new();
        // The ID alone is not unique, because a caller can give a run the ID of one of its parents.
        let mut known: HashMap<(&str, usize), usize> = HashMap::new();
        for (number, event) in events.iter().enumerate() {
            let key = (&*event.run_id, event.parent_ids.len());
            let index = match known.get(&key) {
                Some(index) if !matches!(event.data, RecordedData::Start { .. }) => *index,
                _ => {
                    let depth = event.parent_ids.len().checked_sub(1);
                    let parent = depth
                        .and_then(|depth| known.get(&(&*event.parent_ids[depth], depth)).copied());
                    let index = runs.len();
                    if let Some(parent) = parent.and_then(|parent| runs.get_mut(parent)) {
                        parent.children.push(index);
                    }
                    runs.push(Self::new(event, number, parent));
                    known.insert(key, index);
                    index
                }
            };
            if let Some(run) = runs.get_mut(index) {
                run.add(event, number);
            }
        }
        runs
    }

    fn new(event: &'a RecordedEvent, started: usize, parent: Option<usize>) -> Self {
        Self {
            event,
            started,
            ended: None,
            parent,
            children: Vec::new(),
            input: None,
            chunks: Vec::new(),
            ending: Ending::Unfinished,
            elapsed: Duration::ZERO,
        }
    }

    fn add(&mut self, event: &'a RecordedEvent, number: usize) {
        self.elapsed = event.elapsed;
        if event.is_terminal() {
            self.ended = Some(number);
        }
        match &event.data {
            RecordedData::Start { input, .. } => self.input = input.as_ref(),
            RecordedData::Chunk { chunk, .. } => self.chunks.push((event.elapsed, chunk)),
            RecordedData::End { input, output, .. } => {
                self.input = self.input.or(input.as_ref());
                self.ending = Ending::Output(output.as_ref());
            }
            RecordedData::Error { error, partial, .. } => {
                self.ending = Ending::Error { error, partial: partial.as_ref() };
            }
            RecordedData::Cancelled { cause, partial, .. } => {
                self.ending =
                    Ending::Cancelled { cause: cause.as_deref(), partial: partial.as_ref() };
            }
            _ => {}
        }
    }

    pub(crate) fn place(&self) -> Place {
        let (name, position) = (self.event.name.clone(), &self.event.position);
        let (attempt, item) = (position.attempt, position.item);
        Place { name, tag: position.tag.clone(), attempt, item }
    }

    /// Returns the names of the runs from the root to this run.
    pub(crate) fn path(&self) -> Vec<String> {
        let event = self.event;
        if event.path.is_empty() { vec![event.name.clone()] } else { event.path.clone() }
    }
}
