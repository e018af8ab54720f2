//! An event that can be kept.

use std::{
    borrow::Cow,
    fmt,
    time::{Duration, SystemTime},
};

use runnable_chat::AiMessageChunk;
use runnable_core::{Chunk, Error, Kept, Payload, Run, RunEvent, RunEventData, Timing, ValueChunk};
use serde_json::Value;

/// Something that happened in a run.
///
/// Its values are JSON, which can be shown and stored. A chunk can be read with its
/// [type](Self::chunk) too, and the [text](Self::text) of a chunk needs neither.
///
/// ```
/// use runnable_core::prelude::*;
/// use runnable_events::StreamEventsExt;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let shout = map_chunks(|text: String| text.to_uppercase());
/// let mut said = String::new();
/// let mut events = shout.stream_events("hi");
/// while let Some(event) = events.next().await {
///     said.extend(event?.text());
/// }
/// assert_eq!(said, "HI");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StreamEvent {
    /// The run it happened in: its id, parents, name, kind, tags, metadata.
    pub run: Run,
    /// When it happened, by the clock of that run.
    pub timing: Timing,
    /// What happened.
    pub data: EventData,
    /// The chunk with its type, if it is one that can be kept.
    kept: Option<Kept>,
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
    /// The step said something of its own: [`RunContext::emit`](runnable_core::RunContext::emit).
    #[non_exhaustive]
    Custom {
        /// What it is about.
        name: String,
        /// What it said.
        data: Value,
    },
    /// An attempt failed, and the step waits before the next one:
    /// [`RunContext::emit_retry`](runnable_core::RunContext::emit_retry).
    #[non_exhaustive]
    Retry {
        /// The number of the attempt that failed, counted from 1.
        attempt: u32,
        /// How long the step waits.
        wait: Duration,
        /// Why the attempt failed.
        error: Error,
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

/// Writes the name of the event and the name of its run, or of a custom event:
/// `on_chat_model_start ChatOpenAI`.
impl fmt::Display for StreamEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.event_name(), self.name())
    }
}

impl StreamEvent {
    /// The event's name in the `astream_events` protocol: `on_chain_start`,
    /// `on_chat_model_stream`, `on_parser_end`, `on_custom_event`, …; and what that lacks:
    /// `on_chain_retry`, `on_chain_error`, `on_chain_cancelled`, ….
    pub fn event_name(&self) -> String {
        let what = match self.data {
            EventData::Custom { .. } => return "on_custom_event".to_owned(),
            EventData::Start { .. } => "start",
            EventData::Chunk { .. } => "stream",
            EventData::Retry { .. } => "retry",
            EventData::End { .. } => "end",
            EventData::Error { .. } => "error",
            EventData::Cancelled { .. } => "cancelled",
        };
        format!("on_{}_{what}", self.run.kind)
    }

    /// The name of the run, or the name that the step gave to a custom event.
    pub(crate) fn name(&self) -> &str {
        match &self.data {
            EventData::Custom { name, .. } => name,
            _ => &self.run.name,
        }
    }

    /// The text that this chunk adds, if it is a text or a part of a model's answer and adds any.
    ///
    /// This is what the model says, without its reasoning and its tool calls. In the JSON of an
    /// answer, `content` is a text or a list of blocks by turns; this reads both. A text in JSON that
    /// grows ([`json_value`](runnable_chat::json_value)) adds none: each chunk has all of it.
    pub fn text(&self) -> Option<Cow<'_, str>> {
        let EventData::Chunk { chunk } = &self.data else {
            return None;
        };
        // A piece of JSON may be a piece of something else, whose type it keeps.
        let json = self.chunk::<ValueChunk>();
        let message = match &json {
            Some(json) => json.downcast_ref::<AiMessageChunk>().cloned(),
            None => self.chunk(),
        };
        let text = match (message, chunk) {
            (Some(message), _) => Cow::Owned(message.text().into_owned()),
            (None, Value::String(text))
                if json.is_none_or(|json| json.downcast_ref::<String>().is_some()) =>
            {
                Cow::Borrowed(&**text)
            }
            _ => return None,
        };
        Some(text).filter(|text| !text.is_empty())
    }

    /// The chunk with its type, if this is the event of a chunk, and the chunk a `C`.
    ///
    /// `None` for values that always come complete ([`impl_at_once!`](runnable_core::impl_at_once!)), which are
    /// not cloned for an event: their JSON has all of them.
    ///
    /// ```
    /// use runnable_chat::AiMessageChunk;
    /// use runnable_events::Event;
    ///
    /// fn tokens(event: &Event) -> Option<u64> {
    ///     Some(event.chunk::<AiMessageChunk>()?.usage()?.output_tokens)
    /// }
    /// ```
    pub fn chunk<C: Chunk>(&self) -> Option<C> {
        self.kept.as_ref()?.get()
    }

    /// When it happened, by the wall clock: the start of the run, and what elapsed since then.
    pub fn time(&self) -> SystemTime {
        let Timing { started, elapsed, .. } = self.timing;
        started.checked_add(elapsed).unwrap_or(started)
    }

    /// Whether this is the last event of its run.
    pub fn is_terminal(&self) -> bool {
        use EventData::{Cancelled, End, Error};
        matches!(self.data, End { .. } | Error { .. } | Cancelled { .. })
    }

    /// What a [`Listener`](runnable_core::Listener) saw, to keep; `None` for a kind of event that
    /// this crate does not know.
    pub fn from_run_event(event: &RunEvent<'_>) -> Option<Self> {
        let data = match &event.data {
            RunEventData::Start { input, .. } => EventData::Start { input: input.map(json) },
            RunEventData::Chunk { chunk, .. } => EventData::Chunk { chunk: json(*chunk) },
            RunEventData::Custom { name, data, .. } => {
                EventData::Custom { name: (*name).to_owned(), data: json(*data) }
            }
            RunEventData::Retry { attempt, wait, error, .. } => {
                EventData::Retry { attempt: *attempt, wait: *wait, error: (*error).clone() }
            }
            RunEventData::End { input, output, .. } => {
                EventData::End { input: input.map(json), output: output.map_or(Value::Null, json) }
            }
            RunEventData::Error { error, partial, .. } => {
                EventData::Error { error: (*error).clone(), partial: partial.map(json) }
            }
            RunEventData::Cancelled { partial, .. } => {
                EventData::Cancelled { partial: partial.map(json) }
            }
            // A kind of event that came after this crate was built.
            _ => return None,
        };
        let kept = match &event.data {
            RunEventData::Chunk { chunk, .. } => chunk.keep(),
            _ => None,
        };
        Some(Self { run: event.run.clone(), timing: event.timing, data, kept })
    }
}

fn json(value: Payload<'_>) -> Value {
    value.to_json().unwrap_or_else(|error| Value::String(format!("<not JSON: {error}>")))
}
