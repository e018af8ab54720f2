//! An event that can be kept.

use runnable_core::{Error, Payload, Run, RunEvent, RunEventKind, Timing};
use serde_json::Value;

/// Something that happened in a run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Event {
    /// The run it happened in: its id, parents, name, kind, tags, metadata.
    pub run: Run,
    /// When it happened, by the clock of that run.
    pub timing: Timing,
    /// What happened.
    pub data: EventData,
}

/// What happened in a run. Values are JSON; one that cannot be JSON is a text that says so.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum EventData {
    /// The step begins.
    #[non_exhaustive]
    Start {
        /// The input, if it was whole by then.
        input: Option<Value>,
    },
    /// A chunk of the output came.
    #[non_exhaustive]
    Chunk {
        /// The chunk.
        chunk: Value,
    },
    /// The step said something of its own: [`Context::emit`](runnable_core::Context::emit).
    #[non_exhaustive]
    Custom {
        /// What it is about.
        name: String,
        /// What it said.
        data: Value,
    },
    /// The step has given all its output.
    #[non_exhaustive]
    End {
        /// The input, if it was not known at the start.
        input: Option<Value>,
        /// The output.
        output: Value,
    },
    /// The step failed.
    #[non_exhaustive]
    Error {
        /// With what.
        error: Error,
        /// The chunks that had come, merged.
        partial: Option<Value>,
    },
    /// The run was dropped before its end.
    #[non_exhaustive]
    Cancelled {
        /// The chunks that had come, merged.
        partial: Option<Value>,
    },
}

impl Event {
    /// The event's name in the `astream_events` protocol: `on_chain_start`,
    /// `on_chat_model_stream`, `on_parser_end`, `on_custom_event`, …; and what that lacks:
    /// `on_chain_error`, `on_chain_cancelled`, ….
    pub fn event(&self) -> String {
        let what = match self.data {
            EventData::Custom { .. } => return "on_custom_event".to_owned(),
            EventData::Start { .. } => "start",
            EventData::Chunk { .. } => "stream",
            EventData::End { .. } => "end",
            EventData::Error { .. } => "error",
            EventData::Cancelled { .. } => "cancelled",
        };
        format!("on_{}_{what}", self.run.kind)
    }

    /// What the event is called after: its run, or what the step called an event of its own.
    pub fn name(&self) -> &str {
        match &self.data {
            EventData::Custom { name, .. } => name,
            _ => &self.run.name,
        }
    }

    /// Whether this is the last event of its run.
    pub fn is_terminal(&self) -> bool {
        use EventData::{Cancelled, End, Error};
        matches!(self.data, End { .. } | Error { .. } | Cancelled { .. })
    }

    /// What a [`Listener`](runnable_core::Listener) saw, to keep; `None` for a kind of event that
    /// this crate does not know.
    pub fn of(event: &RunEvent<'_>) -> Option<Self> {
        let data = match &event.kind {
            RunEventKind::Start { input, .. } => EventData::Start { input: input.map(json) },
            RunEventKind::Chunk { chunk, .. } => EventData::Chunk { chunk: json(*chunk) },
            RunEventKind::Custom { name, data, .. } => {
                EventData::Custom { name: (*name).to_owned(), data: json(*data) }
            }
            RunEventKind::End { input, output, .. } => {
                EventData::End { input: input.map(json), output: output.map_or(Value::Null, json) }
            }
            RunEventKind::Error { error, partial, .. } => {
                EventData::Error { error: (*error).clone(), partial: partial.map(json) }
            }
            RunEventKind::Cancelled { partial, .. } => {
                EventData::Cancelled { partial: partial.map(json) }
            }
            // A kind of event that came after this crate was built.
            _ => return None,
        };
        Some(Self { run: event.run.clone(), timing: event.timing, data })
    }
}

fn json(value: Payload<'_>) -> Value {
    value.to_json().unwrap_or_else(|error| Value::String(format!("<not JSON: {error}>")))
}
