//! [`RecordingHeader`]: the first line of a recording.

use std::{
    collections::BTreeMap,
    process,
    sync::atomic::{AtomicU64, Ordering},
    time::SystemTime,
};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{schema_version::SchemaVersion, time_form::wall_time};

/// The header of a recording: which program wrote it, and when.
///
/// Each file of a [rotation](crate::RecorderBuilder::max_file_bytes) starts with a header. A file
/// to which several recorders have appended contains several headers.
///
/// ```
/// use runnable_events::RecordingHeader;
///
/// let json = r#"{"v":"1.0","recorder":"1f","part":0,"first_seq":0,
///     "started":"2026-01-31T12:00:00Z","versions":{"runnable-events":"0.1.0"}}"#;
/// let header: RecordingHeader = serde_json::from_str(json).unwrap();
/// assert_eq!(header.versions["runnable-events"], "0.1.0");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RecordingHeader {
    /// The version of the format.
    #[serde(rename = "v")]
    pub version: SchemaVersion,
    /// The ID of the recorder. It is the same in all files of a rotation.
    pub recorder: String,
    /// The number of the file in its rotation, counted from 0.
    #[serde(default)]
    pub part: u32,
    /// The number of the first event after this header.
    #[serde(default)]
    pub first_seq: u64,
    /// The time at which the file was started.
    #[serde(with = "wall_time")]
    pub started: SystemTime,
    /// The versions of the crates and programs that wrote the recording.
    #[serde(default)]
    pub versions: BTreeMap<String, String>,
    /// The fields that are unknown to this version of the crate.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl RecordingHeader {
    /// Creates the first header of a new recorder. The version of this crate is added to
    /// `versions`.
    pub(crate) fn new(mut versions: BTreeMap<String, String>) -> Self {
        versions.insert("runnable-events".to_owned(), env!("CARGO_PKG_VERSION").to_owned());
        let now = SystemTime::now();
        Self {
            version: SchemaVersion::CURRENT,
            recorder: unique_id(now),
            part: 0,
            first_seq: 0,
            started: wall_time::rounded(now),
            versions,
            extra: Map::new(),
        }
    }

    /// Changes this header to the header of the next file of the rotation.
    pub(crate) fn advance(&mut self, first_seq: u64) {
        self.part = self.part.saturating_add(1);
        self.first_seq = first_seq;
        self.started = wall_time::rounded(SystemTime::now());
    }
}

/// Returns an ID that no other recorder has, not even in another process on this machine.
fn unique_id(now: SystemTime) -> String {
    static RECORDERS: AtomicU64 = AtomicU64::new(0);
    let nanos = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_nanos();
    let number = RECORDERS.fetch_add(1, Ordering::Relaxed);
    format!("{nanos:x}-{:x}-{number:x}", process::id())
}
