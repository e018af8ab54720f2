//! [`Hub`]: numbers events, and passes them to sinks.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{self, Poll},
    time::{Duration, Instant},
};

use super::report::RecorderReport;
use crate::{record::RecordedEvent, sinks::SinkThread};

/// Numbers events, and passes them to sinks.
pub(super) struct Hub {
    sinks: Vec<SinkThread>,
    next_seq: Mutex<u64>,
    is_finished: AtomicBool,
    /// The maximum time for which the recorder waits until the sinks have stored their buffers.
    patience: Duration,
}

impl Hub {
    pub(super) fn new(sinks: Vec<SinkThread>, patience: Duration) -> Self {
        Self { sinks, next_seq: Mutex::new(0), is_finished: AtomicBool::new(false), patience }
    }

    /// Returns whether a sink still receives events.
    pub(super) fn is_open(&self) -> bool {
        !self.is_finished.load(Ordering::Acquire) && self.sinks.iter().any(|sink| !sink.is_done())
    }

    /// Numbers an event, and adds it to the buffers of all sinks. One lock covers both actions, so
    /// that each sink receives the events in the order of their numbers.
    pub(super) fn push(&self, mut event: RecordedEvent) {
        let mut next_seq = self.next_seq.lock().unwrap_or_else(PoisonError::into_inner);
        event.seq = *next_seq;
        *next_seq = next_seq.saturating_add(1);
        let event = Arc::new(event);
        for sink in &self.sinks {
            sink.push(Arc::clone(&event));
        }
    }

    /// Returns whether all sinks have room for further events.
    pub(super) fn poll_ready(&self, cx: &task::Context<'_>) -> Poll<()> {
        let is_pending = self.sinks.iter().any(|sink| sink.poll_ready(cx).is_pending());
        if is_pending { Poll::Pending } else { Poll::Ready(()) }
    }

    /// Waits until the sinks have stored the events so far.
    pub(super) fn flush(&self) {
        let deadline = self.deadline();
        self.sinks.iter().for_each(|sink| sink.flush(deadline));
    }

    /// Waits until the sinks have stored all events, and ends them.
    pub(super) fn finish(&self) {
        self.is_finished.store(true, Ordering::Release);
        let deadline = self.deadline();
        self.sinks.iter().for_each(|sink| sink.finish(deadline));
    }

    pub(super) fn report(&self) -> RecorderReport {
        RecorderReport::of(self.sinks.iter().map(SinkThread::report).collect())
    }

    fn deadline(&self) -> Instant {
        let now = Instant::now();
        // If the deadline cannot be represented, use a deadline in one year.
        now.checked_add(self.patience).unwrap_or(now + Duration::from_secs(365 * 24 * 60 * 60))
    }
}

/// Ends the sinks when the last handle to the recorder is dropped.
impl Drop for Hub {
    fn drop(&mut self) {
        self.finish();
    }
}
