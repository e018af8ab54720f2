//! [`RecordedPosition`]: the position of a run in its parent.

use runnable_core::Run;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The position of a run in its parent, as stored in a recording.
///
/// ```
/// use runnable_events::RecordedPosition;
///
/// let json = r#"{"tag":"retry:attempt:2","attempt":2}"#;
/// let position: RecordedPosition = serde_json::from_str(json).unwrap();
/// assert_eq!(position.attempt, Some(2));
/// assert_eq!(serde_json::to_string(&position).unwrap(), json);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RecordedPosition {
    /// The name of the position, such as `seq:step:2`, `map:key:context`, `condition:2` or
    /// `fallback:1`. It is also a tag of the run, except for a fallback. `None` if the position is
    /// not specific.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// The [choice](Run::choice) of the transparent step that called this step, such as
    /// `route:weather` or `model=small`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<String>,
    /// The number of the attempt, counted from 1, if the run is an attempt of a retry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// The index of the run's input in a batch, counted from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<u64>,
    /// The fields that are unknown to this version of the crate.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl RecordedPosition {
    pub(super) fn of(run: &Run) -> Self {
        Self {
            tag: run.position.as_deref().map(str::to_owned),
            choice: run.choice.as_deref().map(str::to_owned),
            attempt: run.attempt,
            item: run.batch_index.map(|index| u64::try_from(index).unwrap_or(u64::MAX)),
            extra: Map::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
