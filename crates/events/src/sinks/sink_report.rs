//! [`SinkReport`]: what a sink has stored and lost.

use std::{io, path::PathBuf, sync::Arc};

/// What a [`Sink`](crate::Sink) has stored, and what it has lost.
///
/// ```
/// use runnable_events::Recorder;
///
/// let report = Recorder::new(std::io::sink()).report();
/// let sink = &report.sinks[0];
/// assert_eq!((sink.written, sink.lost, sink.dropped_chunks), (0, 0, 0));
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct SinkReport {
    /// The number of events that were stored.
    pub written: u64,
    /// The number of events that could not be stored: because of an error or a panic, because the
    /// sink was blocked until the end, or because they happened after
    /// [`finish`](crate::Recorder::finish).
    pub lost: u64,
    /// The number of chunk events that were dropped because the buffer was full. They are not
    /// counted as lost.
    pub dropped_chunks: u64,
    /// The files to which the sink has written, in order.
    pub files: Vec<PathBuf>,
    /// The first error of the sink.
    pub error: Option<Arc<io::Error>>,
}

impl SinkReport {
    /// Stores the error, unless an earlier error is already stored.
    pub(crate) fn fail(&mut self, error: io::Error) {
        self.error.get_or_insert_with(|| Arc::new(error));
    }
}
