//! [`RecordedEvent`]: an event in a recording.

use std::{
    borrow::Cow,
    fmt,
    time::{Duration, SystemTime},
};

use runnable_core::Metadata;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    position::RecordedPosition,
    recorded_data::{self, RecordedData},
    schema_version::SchemaVersion,
    time_form::{milliseconds, optional_milliseconds, wall_time},
};
use crate::StreamEvent;

/// The field with the number of chunk events that were dropped before an event. Most events do not
/// have it, so it is an additional field.
const DROPPED_CHUNKS: &str = "dropped_chunks";

/// An event, as stored in a recording.
///
/// It serializes to one JSON object, and deserializes from it. Unknown fields and unknown kinds of
/// events are kept, so an event of a later version loses no data when it is read and written again.
///
/// | key | value |
/// |---|---|
/// | `v` | the version of the format |
/// | `seq` | the number of the event |
/// | `time` | the time of the event, in UTC and in the format of RFC 3339 |
/// | `since_root_ms` | the milliseconds from the start of the root run to the event |
/// | `elapsed_ms` | the milliseconds from the start of the run to the event |
/// | `first_chunk_ms` | the milliseconds from the start of the run to its first chunk |
/// | `chunks` | the number of chunks that the run has produced so far |
/// | `run_id` | the ID of the run |
/// | `parent_ids` | the IDs of the parent runs, root first |
/// | `name` | the name of the run |
/// | `path` | the names of the runs from the root to this run |
/// | `kind` | the kind of the run, such as `chat_model` |
/// | `source` | the source location of the step's closure, such as `src/main.rs:12` |
/// | `position` | an object with the [position](RecordedPosition) of the run in its parent |
/// | `tags` | the tags of the run |
/// | `metadata` | the metadata of the run |
/// | `event` | the kind of the event: `start`, `chunk`, `custom`, `retry`, `fallback`, `wait`, `report`, `end`, `error` or `cancelled` |
/// | `data` | an object with the [values](RecordedData) of the event |
///
/// `first_chunk_ms`, `source` and `position` are missing if they have no value. `dropped_chunks` is
/// present only after events that were [dropped](Self::dropped_chunks).
///
/// ```
/// use runnable_core::prelude::*;
/// use runnable_events::{RecordedEvent, StreamEventsExt};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let shout = lambda(|text: String| text.to_uppercase()).with_name("shout");
/// let start = shout.stream_events("hi").next().await.unwrap()?;
///
/// let event = RecordedEvent::from(start);
/// assert_eq!(event.name, "shout");
/// let json = serde_json::to_string(&event)?;
/// assert_eq!(serde_json::from_str::<RecordedEvent>(&json)?, event);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RecordedEvent {
    /// The version of the format.
    #[serde(rename = "v")]
    pub version: SchemaVersion,
    /// The number of the event, counted from 0. A [`Recorder`](crate::Recorder) numbers its events
    /// without gaps.
    pub seq: u64,
    /// The time of the event, with microseconds.
    #[serde(with = "wall_time")]
    pub time: SystemTime,
    /// The time from the start of the root run to the event.
    #[serde(rename = "since_root_ms", with = "milliseconds")]
    pub since_root: Duration,
    /// The time from the start of the run to the event.
    #[serde(rename = "elapsed_ms", with = "milliseconds")]
    pub elapsed: Duration,
    /// The time from the start of the run to its first chunk. `None` before that chunk.
    #[serde(
        rename = "first_chunk_ms",
        default,
        skip_serializing_if = "Option::is_none",
        with = "optional_milliseconds"
    )]
    pub first_chunk: Option<Duration>,
    /// The number of chunks that the run has produced so far.
    #[serde(default)]
    pub chunks: u64,
    /// The ID of the run.
    pub run_id: String,
    /// The IDs of the runs that enclose the run, root first.
    #[serde(default)]
    pub parent_ids: Vec<String>,
    /// The name of the run.
    pub name: String,
    /// The names of the runs from the root to this run.
    #[serde(default)]
    pub path: Vec<String>,
    /// The kind of the run, such as `chat_model`.
    pub kind: String,
    /// The source location of the step's closure, such as `src/main.rs:12`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The position of the run in its parent.
    #[serde(default, skip_serializing_if = "RecordedPosition::is_empty")]
    pub position: RecordedPosition,
    /// The tags of the run.
    #[serde(default)]
    pub tags: Vec<String>,
    /// The metadata of the run.
    #[serde(default)]
    pub metadata: Metadata,
    /// The kind of the event, and the values of that kind.
    #[serde(flatten, deserialize_with = "recorded_data::from_fields")]
    pub data: RecordedData,
    /// The fields that are unknown to this version of the crate.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl RecordedEvent {
    /// Returns the ID of the root run, which is the outermost run that encloses this run, or this
    /// run itself.
    ///
    /// ```
    /// use runnable_events::RecordedEvent;
    ///
    /// fn belongs_to(event: &RecordedEvent, root: &RecordedEvent) -> bool {
    ///     event.root_id() == root.run_id
    /// }
    /// ```
    pub fn root_id(&self) -> &str {
        self.parent_ids.first().unwrap_or(&self.run_id)
    }

    /// Returns the ID of the nearest run that encloses this run.
    ///
    /// ```
    /// use runnable_events::RecordedEvent;
    ///
    /// fn is_child(event: &RecordedEvent, parent: &RecordedEvent) -> bool {
    ///     event.parent_id() == Some(&*parent.run_id)
    /// }
    /// ```
    pub fn parent_id(&self) -> Option<&str> {
        self.parent_ids.last().map(String::as_str)
    }

    /// Returns `true` if this is the last event of its run: an end, an error or a cancellation.
    ///
    /// ```
    /// use runnable_events::RecordedEvent;
    ///
    /// fn ended(events: &[RecordedEvent]) -> usize {
    ///     events.iter().filter(|event| event.is_terminal()).count()
    /// }
    /// ```
    pub fn is_terminal(&self) -> bool {
        matches!(self.data.event(), "end" | "error" | "cancelled")
    }

    /// Returns how many chunk events were dropped before this event, because the buffer of a
    /// [`Sink`](crate::Sink) was full.
    ///
    /// The numbers of the dropped events are missing in the recording.
    ///
    /// ```
    /// use runnable_events::RecordedEvent;
    ///
    /// fn dropped(events: &[RecordedEvent]) -> u64 {
    ///     events.iter().map(RecordedEvent::dropped_chunks).sum()
    /// }
    /// assert_eq!(dropped(&[]), 0);
    /// ```
    pub fn dropped_chunks(&self) -> u64 {
        self.extra.get(DROPPED_CHUNKS).and_then(Value::as_u64).unwrap_or(0)
    }

    /// Sets how many chunk events were dropped before this event.
    pub(crate) fn set_dropped_chunks(&mut self, count: u64) {
        self.extra.insert(DROPPED_CHUNKS.to_owned(), count.into());
    }

    /// Returns the name of the event, such as `on_chain_start` or `on_chat_model_stream`.
    ///
    /// A live event has the [same name](StreamEvent::event_name).
    ///
    /// ```
    /// use runnable_events::RecordedEvent;
    ///
    /// fn is_token(event: &RecordedEvent) -> bool {
    ///     event.event_name() == "on_chat_model_stream"
    /// }
    /// ```
    pub fn event_name(&self) -> String {
        let suffix = match self.data.event() {
            "custom" => return "on_custom_event".to_owned(),
            "chunk" => "stream",
            event => event,
        };
        format!("on_{}_{suffix}", self.kind)
    }

    /// Returns the name of the run, or the name of the custom event.
    pub(crate) fn event_subject(&self) -> &str {
        match &self.data {
            RecordedData::Custom { name, .. } => name,
            _ => &self.name,
        }
    }
}

/// Creates a recorded event with the number 0.
impl From<StreamEvent> for RecordedEvent {
    fn from(event: StreamEvent) -> Self {
        let time = wall_time::rounded(event.time());
        let text = event.text().map(Cow::into_owned);
        let StreamEvent { run, timing, data, .. } = event;
        let names = run.parent_names.iter().chain([&run.name]);
        Self {
            version: SchemaVersion::CURRENT,
            seq: 0,
            time,
            since_root: timing.since_root,
            elapsed: timing.elapsed,
            first_chunk: timing.first_chunk,
            chunks: timing.chunks,
            run_id: run.id.to_string(),
            parent_ids: run.parent_ids.iter().map(ToString::to_string).collect(),
            name: run.name.to_string(),
            path: names.map(ToString::to_string).collect(),
            kind: run.kind.as_str().to_owned(),
            source: run.source.map(|place| format!("{}:{}", place.file(), place.line())),
            position: RecordedPosition::of(&run),
            tags: run.tags.iter().map(ToString::to_string).collect(),
            metadata: Metadata::clone(&run.metadata),
            data: RecordedData::new(data, text),
            extra: Map::new(),
        }
    }
}

impl AsRef<Self> for RecordedEvent {
    fn as_ref(&self) -> &Self {
        self
    }
}

/// Formats the event as its name and the name of its run, such as `on_chat_model_start ChatOpenAI`.
/// For a custom event, the name of the custom event is used instead of the name of the run.
impl fmt::Display for RecordedEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.event_name(), self.event_subject())
    }
}
