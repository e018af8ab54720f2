//! [`RecorderReport`]: what a recorder has written and lost.

use std::{io, path::PathBuf, sync::Arc};

use crate::sinks::SinkReport;

/// What a [`Recorder`](crate::Recorder) has written, and what it has lost.
///
/// ```
/// use runnable_events::Recorder;
///
/// let report = Recorder::new(std::io::sink()).report();
/// assert_eq!((report.written, report.lost), (0, 0));
/// assert!(report.error.is_none());
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct RecorderReport {
    /// The number of events that every sink has stored. With one sink, it is the number of events
    /// in the file.
    pub written: u64,
    /// The number of events that could not be stored. With several sinks, it is the number of the
    /// sink that has lost most events.
    pub lost: u64,
    /// The files to which the sinks have written, in order. Empty if there are no files.
    pub files: Vec<PathBuf>,
    /// The first error of a sink.
    pub error: Option<Arc<io::Error>>,
    /// What each sink has stored and lost, in the order in which the sinks were added.
    pub sinks: Vec<SinkReport>,
}

impl RecorderReport {
    pub(super) fn of(sinks: Vec<SinkReport>) -> Self {
        Self {
            written: sinks.iter().map(|sink| sink.written).min().unwrap_or(0),
            lost: sinks.iter().map(|sink| sink.lost).max().unwrap_or(0),
            files: sinks.iter().flat_map(|sink| sink.files.iter().cloned()).collect(),
            error: sinks.iter().find_map(|sink| sink.error.clone()),
            sinks,
        }
    }
}
