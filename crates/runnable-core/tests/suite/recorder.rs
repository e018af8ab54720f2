//! A listener that records events.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use runnable_core::{Error, Listener, Run, RunEvent, RunEventData};
use serde_json::Value;

/// Records the events of all runs, in order.
#[derive(Clone, Default)]
pub(crate) struct Recorder {
    events: Arc<Mutex<Vec<Recorded>>>,
}

#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    pub(crate) run: Arc<Run>,
    pub(crate) data: EventData,
}

#[derive(Clone, Debug)]
pub(crate) enum EventData {
    Start(Option<Value>),
    Chunk(Value),
    Custom(String, Value),
    /// The number of the failed attempt, the wait, and the error.
    Retry(u32, Duration, Error),
    End {
        input: Option<Value>,
        output: Option<Value>,
    },
    Error(Error, Option<Value>),
    Cancelled(Option<Value>),
}

impl EventData {
    fn word(&self) -> &'static str {
        match self {
            Self::Start(_) => "start",
            Self::Chunk(_) => "chunk",
            Self::Custom(..) => "custom",
            Self::Retry(..) => "retry",
            Self::End { .. } => "end",
            Self::Error(..) => "error",
            Self::Cancelled(_) => "cancelled",
        }
    }
}

impl Recorder {
    pub(crate) fn events(&self) -> Vec<Recorded> {
        self.events.lock().unwrap().clone()
    }

    pub(crate) fn starts(&self) -> Vec<Arc<Run>> {
        let starts = |event: &Recorded| matches!(event.data, EventData::Start(_));
        self.events().into_iter().filter(starts).map(|event| event.run).collect()
    }

    /// Returns a line per event: `Words start`, `Words chunk` and so on.
    pub(crate) fn script(&self) -> Vec<String> {
        let line = |event: &Recorded| format!("{} {}", event.run.name, event.data.word());
        self.events().iter().map(line).collect()
    }

    /// Returns the messages of the errors of all runs, in order.
    pub(crate) fn errors(&self) -> Vec<String> {
        let message = |event: Recorded| match event.data {
            EventData::Error(error, _) => Some(error.message()),
            _ => None,
        };
        self.events().into_iter().filter_map(message).collect()
    }

    pub(crate) fn of(&self, name: &str) -> Vec<EventData> {
        let named = |event: &Recorded| event.run.name == name;
        self.events().into_iter().filter(named).map(|event| event.data).collect()
    }
}

impl Listener for Recorder {
    fn on_event(&self, event: &RunEvent<'_>) {
        let json = |payload: &runnable_core::Payload<'_>| payload.to_json().unwrap();
        let data = match &event.data {
            RunEventData::Start { input, .. } => EventData::Start(input.as_ref().map(json)),
            RunEventData::Chunk { chunk, .. } => EventData::Chunk(json(chunk)),
            RunEventData::Custom { name, data: custom, .. } => {
                EventData::Custom((*name).to_owned(), json(custom))
            }
            RunEventData::Retry { attempt, wait, error, .. } => {
                EventData::Retry(*attempt, *wait, (*error).clone())
            }
            RunEventData::End { input, output, .. } => EventData::End {
                input: input.as_ref().map(json),
                output: output.as_ref().map(json),
            },
            RunEventData::Error { error, partial, .. } => {
                EventData::Error((*error).clone(), partial.as_ref().map(json))
            }
            RunEventData::Cancelled { partial, .. } => {
                EventData::Cancelled(partial.as_ref().map(json))
            }
            data if data.is_detail() => return,
            other => panic!("unknown event: {other:?}"),
        };
        let mut events = self.events.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        events.push(Recorded { run: Arc::clone(event.run), data });
    }
}
