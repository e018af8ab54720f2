//! [`RecordedData`]: the kind of a recorded event, with the values of that kind.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::{Map, Value};

use super::{recorded_error::RecordedError, time_form::milliseconds};
use crate::EventData;

/// The kind of a recorded event, with the values of that kind.
///
/// In JSON, the kind is the field `event`, and the values are in the object `data`. Each kind keeps
/// the fields that this version of the crate does not know, in `extra`.
///
/// ```
/// use runnable_events::RecordedData;
///
/// let json = r#"{"event":"custom","data":{"name":"progress","data":7,"unit":"pages"}}"#;
/// let data: RecordedData = serde_json::from_str(json).unwrap();
/// assert!(matches!(&data, RecordedData::Custom { name, .. } if name == "progress"));
/// assert_eq!(serde_json::to_string(&data).unwrap(), json);
///
/// let json = r#"{"event":"cache_hit","data":{"key":"k"}}"#;
/// let data: RecordedData = serde_json::from_str(json).unwrap();
/// assert!(matches!(data, RecordedData::Unknown { .. }));
/// assert_eq!(serde_json::to_string(&data).unwrap(), json);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", content = "data", rename_all = "snake_case")]
#[non_exhaustive]
pub enum RecordedData {
    /// The step started.
    #[non_exhaustive]
    Start {
        /// The input, if it is complete at the start.
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        input: Option<Value>,
        /// The fields that are unknown to this version of the crate.
        #[serde(flatten)]
        extra: Map<String, Value>,
    },
    /// The step produced a chunk of its output.
    #[non_exhaustive]
    Chunk {
        /// The chunk.
        chunk: Value,
        /// The [text](crate::StreamEvent::text) that the chunk adds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// The fields that are unknown to this version of the crate.
        #[serde(flatten)]
        extra: Map<String, Value>,
    },
    /// The step emitted a custom event.
    #[non_exhaustive]
    Custom {
        /// The name of the custom event.
        name: String,
        /// The data of the custom event.
        data: Value,
        /// The fields that are unknown to this version of the crate.
        #[serde(flatten)]
        extra: Map<String, Value>,
    },
    /// An attempt failed, and the step waits before the next attempt.
    #[non_exhaustive]
    Retry {
        /// The number of the attempt that failed, counted from 1.
        attempt: u32,
        /// The delay before the next attempt.
        #[serde(rename = "wait_ms", with = "milliseconds")]
        wait: Duration,
        /// The error of the failed attempt.
        error: Box<RecordedError>,
        /// The fields that are unknown to this version of the crate.
        #[serde(flatten)]
        extra: Map<String, Value>,
    },
    /// A step failed, and its run now tries another step instead.
    #[non_exhaustive]
    Fallback {
        /// The number of the fallback that is tried next, counted from 1.
        number: u32,
        /// The error of the step that failed.
        error: Box<RecordedError>,
        /// The fields that are unknown to this version of the crate.
        #[serde(flatten)]
        extra: Map<String, Value>,
    },
    /// The run has waited, and continues now.
    #[non_exhaustive]
    Wait {
        /// The reason for the wait, such as `concurrency` or `rate_limit`.
        reason: String,
        /// The time that the run has waited.
        #[serde(rename = "wait_ms", with = "milliseconds")]
        wait: Duration,
        /// The fields that are unknown to this version of the crate.
        #[serde(flatten)]
        extra: Map<String, Value>,
    },
    /// The step reported facts about its run.
    #[non_exhaustive]
    Report {
        /// The kind of the report, such as `http`.
        name: String,
        /// The facts.
        data: Value,
        /// The fields that are unknown to this version of the crate.
        #[serde(flatten)]
        extra: Map<String, Value>,
    },
    /// The step has produced its complete output.
    #[non_exhaustive]
    End {
        /// The input, unless the start event contains it.
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        input: Option<Value>,
        /// The output. `None` if the recorder does not record values.
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        output: Option<Value>,
        /// The fields that are unknown to this version of the crate.
        #[serde(flatten)]
        extra: Map<String, Value>,
    },
    /// The step failed.
    #[non_exhaustive]
    Error {
        /// The error of the step.
        error: Box<RecordedError>,
        /// The merged chunks of the output so far, if there were any.
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        partial: Option<Value>,
        /// The fields that are unknown to this version of the crate.
        #[serde(flatten)]
        extra: Map<String, Value>,
    },
    /// The run was cancelled: its future or stream was dropped before the run ended.
    #[non_exhaustive]
    Cancelled {
        /// The reason why the run was dropped: `dropped`, `token`, `time_limit` or
        /// `sibling_failed`. `None` if it is not known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cause: Option<String>,
        /// The merged chunks of the output so far, if there were any.
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        partial: Option<Value>,
        /// The fields that are unknown to this version of the crate.
        #[serde(flatten)]
        extra: Map<String, Value>,
    },
    /// An event whose kind, or whose form, this version of the crate does not know.
    #[serde(untagged)]
    #[non_exhaustive]
    Unknown {
        /// The kind of the event.
        event: String,
        /// The values of the event, unchanged.
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        data: Option<Value>,
    },
}

impl RecordedData {
    /// Returns the kind of the event as a word, such as `start` or `chunk`.
    ///
    /// ```
    /// use runnable_events::RecordedData;
    ///
    /// let data: RecordedData = serde_json::from_str(r#"{"event":"start","data":{}}"#).unwrap();
    /// assert_eq!(data.event(), "start");
    /// ```
    pub fn event(&self) -> &str {
        match self {
            Self::Start { .. } => "start",
            Self::Chunk { .. } => "chunk",
            Self::Custom { .. } => "custom",
            Self::Retry { .. } => "retry",
            Self::Fallback { .. } => "fallback",
            Self::Wait { .. } => "wait",
            Self::Report { .. } => "report",
            Self::End { .. } => "end",
            Self::Error { .. } => "error",
            Self::Cancelled { .. } => "cancelled",
            Self::Unknown { event, .. } => event,
        }
    }

    /// Creates the data of an event. `text` is the text of its chunk.
    pub(crate) fn new(data: EventData, text: Option<String>) -> Self {
        let extra = Map::new();
        match data {
            EventData::Start { input } => Self::Start { input, extra },
            EventData::Chunk { chunk } => Self::Chunk { chunk, text, extra },
            EventData::Custom { name, data } => Self::Custom { name, data, extra },
            EventData::Retry { attempt, wait, error } => {
                Self::Retry { attempt, wait, error: Box::new(RecordedError::from(&error)), extra }
            }
            EventData::Fallback { number, error } => {
                Self::Fallback { number, error: Box::new(RecordedError::from(&error)), extra }
            }
            EventData::Wait { reason, wait } => {
                Self::Wait { reason: reason.as_str().to_owned(), wait, extra }
            }
            EventData::Report { name, data } => Self::Report { name, data, extra },
            EventData::End { input, output } => Self::End { input, output: Some(output), extra },
            EventData::Error { error, partial } => {
                Self::Error { error: Box::new(RecordedError::from(&error)), partial, extra }
            }
            EventData::Cancelled { cause, partial } => {
                Self::Cancelled { cause: Some(cause.as_str().to_owned()), partial, extra }
            }
        }
    }

    /// Removes the output. Called if the recorder does not record values.
    pub(crate) fn remove_output(&mut self) {
        if let Self::End { output, .. } = self {
            *output = None;
        }
    }
}

/// Reads the data from the fields `event` and `data` of an event. The other fields are left for the
/// event itself.
pub(super) fn from_fields<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<RecordedData, D::Error> {
    #[derive(Deserialize)]
    struct Fields {
        event: String,
        #[serde(default, deserialize_with = "present")]
        data: Option<Value>,
    }
    let Fields { event, data } = Fields::deserialize(deserializer)?;
    let event = Some(("event".to_owned(), Value::String(event)));
    let data = data.map(|data| ("data".to_owned(), data));
    let fields: Map<String, Value> = event.into_iter().chain(data).collect();
    RecordedData::deserialize(Value::Object(fields)).map_err(de::Error::custom)
}

/// Reads a value that can be missing. In contrast to `Option<Value>`, `null` is a value.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}
