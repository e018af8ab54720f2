//! The events that an event stream yields. They own their data.

use std::{
    any::Any,
    borrow::Cow,
    fmt,
    panic::{self, AssertUnwindSafe},
    sync::Arc,
    time::{Duration, SystemTime},
};

use runnable_chat::AiMessageChunk;
use runnable_core::{
    CancelCause, Chunk, Error, Kept, Payload, Run, RunEvent, RunEventData, Timing, ValueChunk,
    WaitReason,
};
use serde_json::Value;

/// An event of a run, such as its start, a chunk of its output, or its end.
///
/// The values in an event are JSON. [`text`](Self::text) returns the text of a chunk, and
/// [`chunk`](Self::chunk) returns a chunk with its Rust type. An event serializes to one JSON
/// object.
///
/// ```
/// use runnable_core::prelude::*;
/// use runnable_events::StreamEventsExt;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let shout = map_chunks(|text: String| text.to_uppercase());
/// let mut output = String::new();
/// let mut events = shout.stream_events("hi");
/// while let Some(event) = events.next().await {
///     output.extend(event?.text());
/// }
/// assert_eq!(output, "HI");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StreamEvent {
    /// The run of the event: its ID, parents, name, kind, tags and metadata.
    pub run: Arc<Run>,
    /// The time of the event, relative to the start of the run.
    pub timing: Timing,
    /// The kind of the event, and the data of that kind.
    pub data: EventData,
    /// The chunk with its Rust type, if this is a chunk event and the chunk can be cloned.
    typed: TypedChunk,
}

/// The chunk of an event, with its Rust type.
#[derive(Clone, Debug)]
enum TypedChunk {
    /// The event is not a chunk event, or the chunk cannot be cloned.
    None,
    /// The chunk is a `String`. It is not stored again, because the JSON value of the event
    /// contains it.
    Text,
    Kept(Kept),
}

/// The kind of an event, with the values of the event as JSON.
///
/// If a value cannot be serialized, it is replaced by a string with the error.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum EventData {
    /// The step started.
    #[non_exhaustive]
    Start {
        /// The input, if it is complete at the start.
        input: Option<Value>,
    },
    /// The step produced a chunk of its output.
    #[non_exhaustive]
    Chunk {
        /// The chunk.
        chunk: Value,
    },
    /// The step emitted a custom event with [`RunContext::emit`](runnable_core::RunContext::emit).
    #[non_exhaustive]
    Custom {
        /// The name of the custom event.
        name: String,
        /// The data of the custom event.
        data: Value,
    },
    /// An attempt failed, and the step waits before the next attempt. Emitted with
    /// [`RunContext::emit_retry`](runnable_core::RunContext::emit_retry).
    #[non_exhaustive]
    Retry {
        /// The number of the attempt that failed, counted from 1.
        attempt: u32,
        /// The delay before the next attempt.
        wait: Duration,
        /// The error of the failed attempt.
        error: Error,
    },
    /// A step failed, and its run now tries another step instead. Emitted with
    /// [`RunContext::emit_fallback`](runnable_core::RunContext::emit_fallback).
    #[non_exhaustive]
    Fallback {
        /// The number of the fallback that is tried next, counted from 1.
        number: u32,
        /// The error of the step that failed.
        error: Error,
    },
    /// The run has waited, and continues now. Emitted with
    /// [`RunContext::emit_wait`](runnable_core::RunContext::emit_wait).
    #[non_exhaustive]
    Wait {
        /// The reason for the wait.
        reason: WaitReason,
        /// The time that the run has waited.
        wait: Duration,
    },
    /// The step reported facts about its run, such as an HTTP exchange. Emitted with
    /// [`RunContext::emit_report`](runnable_core::RunContext::emit_report).
    #[non_exhaustive]
    Report {
        /// The kind of the report, such as `http`.
        name: String,
        /// The facts.
        data: Value,
    },
    /// The step has produced its complete output.
    #[non_exhaustive]
    End {
        /// The input, unless the start event contains it.
        input: Option<Value>,
        /// The output.
        output: Value,
    },
    /// The step failed.
    #[non_exhaustive]
    Error {
        /// The error of the step.
        error: Error,
        /// The merged chunks of the output so far, if there were any.
        partial: Option<Value>,
    },
    /// The run was cancelled: its future or stream was dropped before the run ended.
    #[non_exhaustive]
    Cancelled {
        /// The reason why the run was dropped.
        cause: CancelCause,
        /// The merged chunks of the output so far, if there were any.
        partial: Option<Value>,
    },
}

/// Formats the event as its name and the name of its run, such as `on_chat_model_start ChatOpenAI`.
/// For a custom event, the name of the custom event is used instead of the name of the run.
impl fmt::Display for StreamEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.event_name(), self.name())
    }
}

impl StreamEvent {
    /// Returns the name of the event, such as `on_chain_start` or `on_chat_model_stream`.
    ///
    /// The names are those of LangChain's `astream_events`. Events that LangChain does not have are
    /// named in the same way: `on_chain_retry`, `on_chain_error`, `on_chain_cancelled`, ….
    pub fn event_name(&self) -> String {
        let suffix = match self.data {
            EventData::Custom { .. } => return "on_custom_event".to_owned(),
            EventData::Start { .. } => "start",
            EventData::Chunk { .. } => "stream",
            EventData::Retry { .. } => "retry",
            EventData::Fallback { .. } => "fallback",
            EventData::Wait { .. } => "wait",
            EventData::Report { .. } => "report",
            EventData::End { .. } => "end",
            EventData::Error { .. } => "error",
            EventData::Cancelled { .. } => "cancelled",
        };
        format!("on_{}_{suffix}", self.run.kind)
    }

    /// Returns the name of the run, or the name of the custom event.
    pub(crate) fn name(&self) -> &str {
        match &self.data {
            EventData::Custom { name, .. } => name,
            _ => &self.run.name,
        }
    }

    /// Returns the text of a chunk event.
    ///
    /// A chunk has a text if it is a string or a part of a model's answer. The text of an answer
    /// does not include reasoning and tool calls. Returns `None` if the text is empty. Also returns
    /// `None` for the chunks of [`json_value`](runnable_chat::json_value()), because each of these
    /// chunks contains the complete value so far, and not only what it adds.
    pub fn text(&self) -> Option<Cow<'_, str>> {
        let EventData::Chunk { chunk } = &self.data else {
            return None;
        };
        // A JSON chunk can be the result of converting a chunk of another type. It then still
        // contains the original chunk.
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

    /// Returns the chunk as a `C`, if this is a chunk event and the chunk has this type.
    ///
    /// Returns `None` for types with [`impl_at_once!`](runnable_core::impl_at_once!). The values of
    /// these types are never split into chunks, and they are not cloned for events. Use the JSON in
    /// [`data`](Self::data) instead.
    ///
    /// ```
    /// use runnable_chat::AiMessageChunk;
    /// use runnable_events::StreamEvent;
    ///
    /// fn tokens(event: &StreamEvent) -> Option<u64> {
    ///     Some(event.chunk::<AiMessageChunk>()?.usage()?.output_tokens)
    /// }
    /// ```
    pub fn chunk<C: Chunk>(&self) -> Option<C> {
        match (&self.typed, &self.data) {
            (TypedChunk::Kept(kept), _) => kept.get(),
            (TypedChunk::Text, EventData::Chunk { chunk: Value::String(text) }) => {
                (text as &dyn Any).downcast_ref::<C>().cloned()
            }
            _ => None,
        }
    }

    /// Returns the time of the event: the start time of the run plus the elapsed time.
    pub fn time(&self) -> SystemTime {
        let Timing { started, elapsed, .. } = self.timing;
        started.checked_add(elapsed).unwrap_or(started)
    }

    /// Returns `true` if this is the last event of its run: an end, an error or a cancellation.
    pub fn is_terminal(&self) -> bool {
        use EventData::{Cancelled, End, Error};
        matches!(self.data, End { .. } | Error { .. } | Cancelled { .. })
    }

    /// Creates an event that owns its data from an event that a
    /// [`Listener`](runnable_core::Listener) received.
    ///
    /// Returns `None` if this version of the crate does not know the kind of the event.
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
            RunEventData::Fallback { number, error, .. } => {
                EventData::Fallback { number: *number, error: (*error).clone() }
            }
            RunEventData::Wait { reason, wait, .. } => {
                EventData::Wait { reason: *reason, wait: *wait }
            }
            RunEventData::Report { name, data, .. } => {
                EventData::Report { name: (*name).to_owned(), data: json(*data) }
            }
            RunEventData::End { input, output, .. } => {
                EventData::End { input: input.map(json), output: output.map_or(Value::Null, json) }
            }
            RunEventData::Error { error, partial, .. } => {
                EventData::Error { error: (*error).clone(), partial: partial.map(json) }
            }
            RunEventData::Cancelled { cause, partial, .. } => {
                EventData::Cancelled { cause: *cause, partial: partial.map(json) }
            }
            // A later version of runnable-core can add kinds of events.
            _ => return None,
        };
        let typed = match &event.data {
            RunEventData::Chunk { chunk, .. } if chunk.downcast_ref::<String>().is_some() => {
                TypedChunk::Text
            }
            RunEventData::Chunk { chunk, .. } => {
                chunk.keep().map_or(TypedChunk::None, TypedChunk::Kept)
            }
            _ => TypedChunk::None,
        };
        Some(Self { run: Arc::clone(event.run), timing: event.timing, data, typed })
    }
}

/// Converts a value to JSON. If the value cannot be serialized, or if its `Serialize` panics,
/// returns a string with the reason, because the other data of the event is still useful.
pub(crate) fn json(value: Payload<'_>) -> Value {
    let json = panic::catch_unwind(AssertUnwindSafe(|| value.to_json()));
    match json {
        Ok(Ok(json)) => json,
        Ok(Err(error)) => Value::String(format!("<not JSON: {error}>")),
        Err(_) => Value::String("<not JSON: `Serialize` of the value panicked>".to_owned()),
    }
}
