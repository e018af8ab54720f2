//! [`Engine`]: drives the items of a job.

use std::{
    sync::{Arc, Mutex, OnceLock},
    task::{self, Poll},
};

use futures_util::future::BoxFuture;
use runnable_core::{Error, Result, Runnable};

use super::{
    calls::Calls,
    intake::{Batch, Intake},
    item_end::{Called, pending_record},
    records::Committed,
    reporter::Reporter,
    starting::Starting,
    stop::Stop,
    suspects::Suspects,
    writes::Writes,
};
use crate::{
    journal::{Journal, JournalChange},
    records::{ItemState, Ledger, item_key, lock},
    state::{Control, JobOutcome, JobState, Settings},
};

/// How often the engine looks for work in one poll, before it lets other tasks run.
const MOST_ROUNDS: usize = 64;

/// Drives the items of a job. It is polled by the future of the job, and spawns nothing.
///
/// An item passes through four places: the intake reads it, `starts` waits until it is in the
/// journal, `calls` runs it, and `commits` waits until its result is in the journal. The number of
/// items in all of them is limited.
pub(super) struct Engine<R: Runnable<Input: Clone>> {
    pub(super) settings: Settings,
    pub(super) journal: Arc<dyn Journal>,
    pub(super) ledger: Arc<Mutex<Ledger>>,
    pub(super) control: Arc<Control>,
    pub(super) reporter: Reporter,
    /// The first error of the journal.
    pub(super) broken: Arc<OnceLock<Error>>,
    pub(super) intake: Reading<R::Input>,
    /// The error of the source or of a look-up. It stops the job when the items that were read
    /// before it have started.
    pub(super) intake_error: Option<Error>,
    pub(super) suspects: Suspects<R::Input>,
    pub(super) starts: Writes<Starting<R::Input>>,
    pub(super) calls: Calls<R>,
    pub(super) commits: Writes<Committed>,
    pub(super) stop: Option<Stop>,
    /// The number of items that have failed in this run.
    pub(super) failures: u64,
    /// The number of items that are in the journal.
    pub(super) started: u64,
    /// The number of items that were finished since the summary was written.
    pub(super) since_summary: u64,
}

pub(super) enum Reading<T> {
    Idle(Intake<T>),
    /// The source is being read, for at most `room` items.
    Busy {
        room: usize,
        batch: BoxFuture<'static, (Intake<T>, Batch<T>)>,
    },
    Ended,
}

impl<R: Runnable<Input: Clone>> Engine<R> {
    pub(super) fn new(
        calls: Calls<R>,
        settings: Settings,
        journal: Arc<dyn Journal>,
        intake: Intake<R::Input>,
        ledger: Arc<Mutex<Ledger>>,
        control: Arc<Control>,
        reporter: Reporter,
    ) -> Self {
        let started = lock(&ledger).known;
        let suspects = Suspects::new(settings.max_concurrency, settings.max_crashes);
        Self {
            settings,
            journal,
            ledger,
            control,
            reporter,
            broken: Arc::default(),
            intake: Reading::Idle(intake),
            intake_error: None,
            suspects,
            starts: Writes::new(),
            calls,
            commits: Writes::new(),
            stop: None,
            failures: 0,
            started,
            since_summary: 0,
        }
    }

    /// Drives the items until all have ended. Returns why the job has stopped, if it has not
    /// completed.
    ///
    /// # Errors
    ///
    /// Returns an error if the journal fails. Then nothing can be recorded any more.
    pub(super) fn poll(&mut self, cx: &mut task::Context<'_>) -> Poll<Result<Option<Stop>>> {
        self.control.register(cx);
        for _ in 0..MOST_ROUNDS {
            let mut has_worked = self.poll_commits(cx)?;
            has_worked |= self.poll_calls(cx);
            // A call that has ended can reach a limit, and then no item starts.
            self.check_limits();
            has_worked |= self.poll_starts(cx)?;
            has_worked |= self.poll_intake(cx)?;
            self.check_journal()?;
            if !has_worked {
                self.report(cx);
                if self.has_ended() {
                    return Poll::Ready(Ok(self.stop.take()));
                }
                return Poll::Pending;
            }
        }
        self.report(cx);
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn has_ended(&self) -> bool {
        let reads_no_more = self.stop.is_some() || matches!(self.intake, Reading::Ended);
        let is_idle = self.starts.is_empty() && self.calls.is_empty() && self.commits.is_empty();
        reads_no_more && is_idle && (self.stop.is_some() || self.suspects.len() == 0)
    }

    /// Returns the number of items that are in flight. Suspects that wait are not among them.
    pub(super) fn active(&self) -> usize {
        self.starts.len() + self.calls.len() + self.commits.len()
    }

    /// Returns the first error of the journal, which a checkpoint may have received.
    fn check_journal(&self) -> Result<()> {
        self.broken.get().map_or(Ok(()), |error| Err(error.clone()))
    }

    /// Remembers the first error of the journal, and returns the result.
    pub(super) fn checked<T>(&self, result: Result<T>) -> Result<T> {
        result.inspect_err(|error| _ = self.broken.set(error.clone()))
    }

    fn report(&mut self, cx: &mut task::Context<'_>) {
        let state = match (&self.stop, self.control.is_paused()) {
            (Some(_), _) => JobState::Stopping,
            (None, true) => JobState::Paused,
            (None, false) => JobState::Running,
        };
        self.reporter.poll(cx, state, &self.ledger);
    }

    /// Stops the job: no further items start.
    pub(super) fn stop(&mut self, stop: Stop) {
        if self.stop.is_none() {
            self.stop = Some(stop);
            self.control.stop();
        }
    }

    fn check_limits(&mut self) {
        if self.stop.is_some() {
            return;
        }
        if self.control.is_stopping() {
            return self.stop(Stop::Outcome(JobOutcome::Stopped));
        }
        if self.settings.max_failures.is_some_and(|most| self.failures >= most) {
            return self.stop(Stop::Outcome(JobOutcome::MaxFailures));
        }
        // Items that were read before the error start first. A paused job starts none.
        if (self.starts.is_empty() || self.control.is_paused())
            && let Some(error) = self.intake_error.take()
        {
            return self.stop(Stop::Failed(error));
        }
        let Some(most) = self.settings.max_cost else { return };
        let ledger = lock(&self.ledger);
        let spent = ledger.spent.by_outcome();
        drop(ledger);
        if spent.total().cost.known >= most {
            self.stop(Stop::Outcome(JobOutcome::MaxCost));
        } else if spent.completed.cost.unknown_calls > 0 && !self.settings.allows_unknown_costs {
            self.stop(Stop::Outcome(JobOutcome::UnknownCost));
        }
    }
}

/// Records that the calls in flight were dropped by the program, and not by a crash.
impl<R: Runnable<Input: Clone>> Drop for Engine<R> {
    fn drop(&mut self) {
        let dropped = self.calls.cancel().into_iter().map(|Called { item, before }| {
            let total = before + item.meter.take();
            let record = pending_record(&item, ItemState::Dropped, item.crashes, &total);
            JournalChange::put(item_key(item.index), record)
        });
        let not_called: Vec<_> = self.starts.take().collect();
        let not_called = not_called.iter().map(Starting::given_up);
        let dropped: Vec<_> = dropped.chain(not_called).collect();
        if !dropped.is_empty() && self.broken.get().is_none() {
            // The journal takes the changes when the method is called.
            drop(self.journal.write(dropped));
        }
    }
}
