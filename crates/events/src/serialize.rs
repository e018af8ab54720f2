//! Serializes events as JSON objects.

use std::time::{Duration, SystemTime};

use runnable_core::Error;
use serde::{Serialize, Serializer, ser::SerializeStruct};
use serde_json::{Value, json};

use crate::{EventData, StreamEvent, timestamp::Timestamp};

/// Serializes an event as a JSON object. All keys are always present. A missing value is `null`.
///
/// | key | value |
/// |---|---|
/// | `event` | the [name of the event](StreamEvent::event_name), such as `on_chat_model_stream` |
/// | `run_id` | the ID of the run |
/// | `parent_ids` | the IDs of the parent runs, root first |
/// | `name` | the name of the run |
/// | `path` | the names of the runs from the root to this run |
/// | `kind` | the kind of the run, such as `chat_model` |
/// | `source` | the source location of the step's closure, such as `src/main.rs:12` |
/// | `batch_index` | the index of the run's input in a batch |
/// | `tags` | the tags of the run |
/// | `metadata` | the metadata of the run |
/// | `time` | the time of the event, in UTC and in the format of RFC 3339 |
/// | `started` | the start time of the run, in the same format |
/// | `elapsed_ms` | the milliseconds from the start of the run to the event |
/// | `first_chunk_ms` | the milliseconds from the start of the run to its first chunk |
/// | `data` | the values of the event, see the next table |
///
/// | event | keys of `data` |
/// |---|---|
/// | start | `input` |
/// | stream | `chunk`, and the [`text`](StreamEvent::text) that it adds |
/// | custom | `name`, `data` |
/// | retry | `attempt` (the number of the failed attempt), `wait_ms`, `error` |
/// | fallback | `number` (of the fallback that is tried next), `error` |
/// | wait | `reason`, `wait_ms` |
/// | report | `name`, `data` |
/// | end | `input`, `output` |
/// | error | `error` (an object with `kind`, `message` and `path`), `partial` |
/// | cancelled | `cause`, `partial` |
///
/// ```
/// use runnable_core::prelude::*;
/// use runnable_events::StreamEventsExt;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let shout = lambda(|text: String| text.to_uppercase()).with_name("shout");
/// let mut events = shout.stream_events("hi");
/// while let Some(event) = events.next().await {
///     let json = serde_json::to_value(&event?)?;
///     assert_eq!(json["name"], "shout");
/// }
/// # Ok(())
/// # }
/// ```
impl Serialize for StreamEvent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (run, timing) = (&self.run, &self.timing);
        let parent_ids: Vec<_> = run.parent_ids.iter().map(ToString::to_string).collect();
        let path: Vec<&str> =
            run.parent_names.iter().chain([&run.name]).map(AsRef::as_ref).collect();
        let source = run.source.map(|place| format!("{}:{}", place.file(), place.line()));
        let mut fields = serializer.serialize_struct("Event", 15)?;
        fields.serialize_field("event", &self.event_name())?;
        fields.serialize_field("run_id", &run.id.to_string())?;
        fields.serialize_field("parent_ids", &parent_ids)?;
        fields.serialize_field("name", &run.name)?;
        fields.serialize_field("path", &path)?;
        fields.serialize_field("kind", run.kind.as_str())?;
        fields.serialize_field("source", &source)?;
        fields.serialize_field("batch_index", &run.batch_index)?;
        fields.serialize_field("tags", &run.tags[..])?;
        fields.serialize_field("metadata", &*run.metadata)?;
        fields.serialize_field("time", &utc(self.time()))?;
        fields.serialize_field("started", &utc(timing.started))?;
        fields.serialize_field("elapsed_ms", &milliseconds(timing.elapsed))?;
        fields.serialize_field("first_chunk_ms", &timing.first_chunk.map(milliseconds))?;
        fields.serialize_field("data", &self.data_as_json())?;
        fields.end()
    }
}

impl StreamEvent {
    fn data_as_json(&self) -> Value {
        match &self.data {
            EventData::Start { input } => json!({ "input": input }),
            EventData::Chunk { chunk } => json!({ "chunk": chunk, "text": self.text() }),
            EventData::Custom { name, data } => json!({ "name": name, "data": data }),
            EventData::Retry { attempt, wait, error } => json!({
                "attempt": attempt,
                "wait_ms": milliseconds(*wait),
                "error": error_as_json(error),
            }),
            EventData::Fallback { number, error } => {
                json!({ "number": number, "error": error_as_json(error) })
            }
            EventData::Wait { reason, wait } => {
                json!({ "reason": reason.as_str(), "wait_ms": milliseconds(*wait) })
            }
            EventData::Report { name, data } => json!({ "name": name, "data": data }),
            EventData::End { input, output } => json!({ "input": input, "output": output }),
            EventData::Error { error, partial } => {
                json!({ "error": error_as_json(error), "partial": partial })
            }
            EventData::Cancelled { cause, partial } => {
                json!({ "cause": cause.as_str(), "partial": partial })
            }
        }
    }
}

fn error_as_json(error: &Error) -> Value {
    json!({
        "kind": error.kind().as_str(),
        "message": error.message(),
        "path": error.path().collect::<Vec<_>>(),
    })
}

fn utc(time: SystemTime) -> String {
    Timestamp::from(time).to_string()
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
