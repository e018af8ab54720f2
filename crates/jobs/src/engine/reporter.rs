//! [`Reporter`]: publishes the progress of a job.

use std::{
    pin::Pin,
    sync::{Arc, Mutex},
    task,
    time::Duration,
};

use futures_util::{FutureExt, future::BoxFuture};
use tokio::{
    sync::watch,
    time::{Instant, Sleep, sleep_until},
};

use super::rate::Rate;
use crate::{
    records::{Ledger, lock},
    state::{JobProgress, JobState},
};

/// The time between two states.
const PAUSE: Duration = Duration::from_millis(100);

/// Publishes the progress of a job, at most ten times per second.
pub(super) struct Reporter {
    states: Arc<watch::Sender<JobProgress>>,
    begin: Instant,
    rate: Rate,
    /// Counts the items of the source.
    count: Option<BoxFuture<'static, Option<u64>>>,
    total: Option<u64>,
    /// The number of items of the source that were read in this run.
    read: u64,
    skipped: u64,
    /// The number of items that were finished when the run began.
    before: u64,
    has_changed: bool,
    state: JobState,
    /// When the next state may be published.
    next: Instant,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Reporter {
    pub(super) fn new(
        states: Arc<watch::Sender<JobProgress>>,
        begin: Instant,
        count: BoxFuture<'static, Option<u64>>,
        ledger: &Ledger,
    ) -> Self {
        Self {
            states,
            begin,
            rate: Rate::new(begin),
            count: Some(count),
            total: None,
            read: 0,
            skipped: 0,
            before: ledger.summary.done + ledger.summary.failed,
            has_changed: true,
            state: JobState::Opening,
            next: begin,
            timer: None,
        }
    }

    pub(super) fn changed(&mut self) {
        self.has_changed = true;
    }

    pub(super) fn has_read(&mut self, read: u64, skipped: u64) {
        self.read += read;
        self.skipped += skipped;
        self.has_changed |= read > 0;
    }

    pub(super) fn skipped(&self) -> u64 {
        self.skipped
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.begin.elapsed()
    }

    /// Publishes the state if it has changed and nothing was published recently.
    pub(super) fn poll(
        &mut self,
        cx: &mut task::Context<'_>,
        state: JobState,
        ledger: &Mutex<Ledger>,
    ) {
        // Counting can read a whole file, so it begins when the progress is watched.
        if self.states.receiver_count() == 0 {
            return;
        }
        if let Some(count) = &mut self.count
            && let task::Poll::Ready(total) = count.poll_unpin(cx)
        {
            (self.total, self.count, self.has_changed) = (total, None, true);
        }
        if state != self.state {
            return self.publish(state, &lock(ledger));
        }
        if !self.has_changed {
            return;
        }
        if Instant::now() >= self.next {
            return self.publish(state, &lock(ledger));
        }
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(self.next)));
        if timer.as_mut().poll(cx).is_ready() {
            self.publish(state, &lock(ledger));
        }
    }

    pub(super) fn publish(&mut self, state: JobState, ledger: &Ledger) {
        let now = Instant::now();
        (self.state, self.has_changed, self.next, self.timer) = (state, false, now + PAUSE, None);
        let summary = &ledger.summary;
        let in_flight = ledger.in_flight();
        let finished = (summary.done + summary.failed).saturating_sub(self.before);
        let per_second = self.rate.update(now, finished);
        let left = self.total.map(|total| total.saturating_sub(self.read) + in_flight as u64);
        let seconds = left.filter(|_| per_second > 0.0).map(|left| left as f64 / per_second);
        let time_left = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        self.states.send_replace(JobProgress {
            state,
            total: self.total,
            done: summary.done,
            failed: summary.failed,
            in_flight,
            skipped: self.skipped,
            interrupted: ledger.interrupted,
            per_second,
            usage: ledger.spent.clone(),
            elapsed: now - self.begin,
            time_left,
        });
    }
}
