//! [`Engine`]: drives the items of a job.

use std::{
    sync::{Arc, Mutex, OnceLock},
    task::{self, Poll},
};

use futures_util::{FutureExt, future::BoxFuture};
use runnable_core::{Error, ErrorKind, Result, Runnable};

use super::{
    calls::Calls,
    intake::{Batch, Intake},
    item_end::{Called, End, ItemEnd, pending_record},
    records::{Committed, Outcome},
    reporter::Reporter,
    starting::{Shared, Starting},
    stop::Stop,
    suspects::Suspects,
    writes::Writes,
};
use crate::{
    journal::{Journal, JournalChange},
    records::{ItemState, Ledger, Summary, item_key, lock, summary_change},
    state::{Control, JobOutcome, JobState, Settings},
};

/// The number of finished items after which the summary is written again.
const SUMMARY_EVERY: u64 = 4_096;

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
    intake: Reading<R::Input>,
    /// The error of the source or of a look-up. It stops the job when the items that were read
    /// before it have started.
    intake_error: Option<Error>,
    suspects: Suspects<R::Input>,
    starts: Writes<Starting<R::Input>>,
    calls: Calls<R>,
    commits: Writes<Committed>,
    stop: Option<Stop>,
    /// The number of items that have failed in this run.
    failures: u64,
    /// The number of items that are in the journal.
    started: u64,
    /// The number of items that were finished since the summary was written.
    since_summary: u64,
}

enum Reading<T> {
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
            self.check_limits();
            let mut has_worked = self.poll_commits(cx)?;
            has_worked |= self.poll_calls(cx);
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
    fn active(&self) -> usize {
        self.starts.len() + self.calls.len() + self.commits.len()
    }

    /// Returns the first error of the journal, which a checkpoint may have received.
    fn check_journal(&self) -> Result<()> {
        self.broken.get().map_or(Ok(()), |error| Err(error.clone()))
    }

    /// Remembers the first error of the journal, and returns the result.
    fn checked<T>(&self, result: Result<T>) -> Result<T> {
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
    fn stop(&mut self, stop: Stop) {
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
            return self.stop(Stop::Told(JobOutcome::Stopped));
        }
        if self.settings.max_failures.is_some_and(|most| self.failures >= most) {
            return self.stop(Stop::Told(JobOutcome::MaxFailures));
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
            self.stop(Stop::Told(JobOutcome::MaxCost));
        } else if spent.completed.cost.unknown_calls > 0 && !self.settings.allows_unknown_costs {
            self.stop(Stop::Told(JobOutcome::UnknownCost));
        }
    }

    /// Records results that are durable now.
    fn poll_commits(&mut self, cx: &mut task::Context<'_>) -> Result<bool> {
        let mut has_worked = false;
        while let Poll::Ready(written) = self.commits.poll(cx) {
            let items = self.checked(written)?;
            has_worked = true;
            self.reporter.changed();
            let mut ledger = lock(&self.ledger);
            for Committed { key, index, outcome, total } in items {
                ledger.close(&key);
                let summary = &mut ledger.summary;
                match outcome {
                    Outcome::Done => summary.done += 1,
                    Outcome::Failed => summary.failed += 1,
                    Outcome::Pending => continue,
                }
                summary.finished.insert(index);
                summary.usage += total;
                self.since_summary += 1;
            }
        }
        Ok(has_worked)
    }

    /// Writes the results of calls that have ended.
    fn poll_calls(&mut self, cx: &mut task::Context<'_>) -> bool {
        let (mut changes, mut committed) = (Vec::new(), Vec::new());
        while let Poll::Ready(ended) = self.calls.poll(cx) {
            if self.broken.get().is_some() {
                // An error of the journal is not an error of the item whose checkpoint it affects.
                break;
            }
            match ended {
                Ok((called, result)) => {
                    self.end(ItemEnd::new(called, result), &mut changes, &mut committed);
                }
                Err(error) => self.cancel(error, &mut changes, &mut committed),
            }
        }
        let has_worked = !committed.is_empty();
        if has_worked {
            self.commit(changes, committed);
        }
        has_worked
    }

    /// Adds the changes for a call that has ended.
    fn end(
        &mut self,
        ItemEnd { item, end, usage, total }: ItemEnd,
        changes: &mut Vec<JournalChange>,
        committed: &mut Vec<Committed>,
    ) {
        self.suspects.ended(item.index);
        lock(&self.ledger).spent += usage;
        let (record, outcome) = match end {
            End::Done(record) => (record, Outcome::Done),
            End::Failed(_, error) if (self.settings.stops)(&error) => {
                self.stop(Stop::Failed(error));
                let pending = pending_record(ItemState::Pending, item.attempts(), 0, &total);
                (pending, Outcome::Pending)
            }
            End::Failed(record, _) => {
                self.failures += 1;
                (record, Outcome::Failed)
            }
            End::Pending(record) => (record, Outcome::Pending),
        };
        changes.push(JournalChange::put(item_key(item.index), record));
        if outcome != Outcome::Pending {
            changes.extend(item.checkpoints.removals());
        }
        committed.push(Committed { key: item.key.clone(), index: item.index, outcome, total });
    }

    /// Stops the job because the batch of the calls has failed. The open calls have no result.
    fn cancel(
        &mut self,
        error: Error,
        changes: &mut Vec<JournalChange>,
        committed: &mut Vec<Committed>,
    ) {
        self.stop(Stop::Failed(error));
        for Called { item, before } in self.calls.cancel() {
            item.stop();
            let called = Called { item, before };
            let cancelled = Err::<(), _>(Error::new(ErrorKind::Cancelled, "the job has stopped"));
            self.end(ItemEnd::new(called, cancelled), changes, committed);
        }
    }

    fn commit(&mut self, mut changes: Vec<JournalChange>, committed: Vec<Committed>) {
        if self.since_summary >= SUMMARY_EVERY {
            self.since_summary = 0;
            // A summary is not necessary, so a summary that is not JSON can be left out.
            changes.extend(summary_change(&self.summary()).ok());
        }
        self.commits.push(committed, self.journal.write(changes));
    }

    /// Returns the summary of the results that are durable.
    pub(super) fn summary(&self) -> Summary {
        // The intake may have numbered items that never start.
        Summary { len: self.started, ..lock(&self.ledger).summary.clone() }
    }

    /// Calls the chain for items that are in the journal now.
    fn poll_starts(&mut self, cx: &mut task::Context<'_>) -> Result<bool> {
        let mut has_worked = false;
        if self.stop.is_none() && self.control.is_paused() {
            return Ok(has_worked);
        }
        while let Poll::Ready(written) = self.starts.poll(cx) {
            let items = self.checked(written)?;
            has_worked = true;
            if self.stop.is_some() {
                self.give_up(items);
                continue;
            }
            for starting in items {
                lock(&self.ledger).started(&starting.item.key);
                self.calls.start(starting);
            }
        }
        Ok(has_worked)
    }

    /// Records that items do not start, because the job stops.
    fn give_up(&mut self, items: Vec<Starting<R::Input>>) {
        let changes = items.iter().map(Starting::given_up).collect();
        let committed = items.into_iter().map(|Starting { item, before, .. }| Committed {
            key: item.key.clone(),
            index: item.index,
            outcome: Outcome::Pending,
            total: before,
        });
        let committed: Vec<_> = committed.collect();
        if !committed.is_empty() {
            self.commit(changes, committed);
        }
    }

    fn poll_intake(&mut self, cx: &mut task::Context<'_>) -> Result<bool> {
        if self.stop.is_some() || self.control.is_paused() {
            return Ok(false);
        }
        let mut has_worked = false;
        while self.room() > 0
            && let Some(item) = self.suspects.next(self.active() == 0)
        {
            self.start(Vec::new(), vec![item]);
            has_worked = true;
        }
        if self.suspects.needs_all() {
            return Ok(has_worked);
        }
        if let Reading::Idle(_) = self.intake {
            let room = self.room();
            if room == 0 {
                return Ok(has_worked);
            }
            if let Reading::Idle(intake) = std::mem::replace(&mut self.intake, Reading::Ended) {
                self.intake = Reading::Busy { room, batch: intake.read(room).boxed() };
            }
        }
        if let Reading::Busy { batch, .. } = &mut self.intake
            && let Poll::Ready((intake, batch)) = batch.poll_unpin(cx)
        {
            has_worked = true;
            let has_ended = batch.has_ended || batch.error.is_some();
            self.intake = if has_ended { Reading::Ended } else { Reading::Idle(intake) };
            self.take(batch);
        }
        Ok(has_worked)
    }

    /// Returns how many further items can be in flight.
    fn room(&self) -> usize {
        let reading = match &self.intake {
            Reading::Busy { room, .. } => *room,
            Reading::Idle(_) | Reading::Ended => 0,
        };
        self.settings.max_concurrency.saturating_sub(self.active() + reading)
    }

    /// Starts the items of a batch.
    fn take(&mut self, batch: Batch<R::Input>) {
        self.reporter.has_read(batch.read, batch.skipped);
        let (mut changes, mut starting) = (Vec::new(), Vec::new());
        let (mut ends, mut committed) = (Vec::new(), Vec::new());
        for ready in batch.ready {
            self.started = self.started.max(ready.index + 1);
            let shared = Shared {
                journal: &self.journal,
                broken: &self.broken,
                control: &self.control,
                settings: &self.settings,
            };
            match shared.prepare(ready, &mut changes) {
                Ok(item) => starting.extend(self.suspects.keep(item)),
                Err(refused) => {
                    self.failures += 1;
                    ends.extend(refused.changes);
                    committed.push(refused.committed);
                }
            }
        }
        if !changes.is_empty() || !starting.is_empty() {
            self.start(changes, starting);
        }
        if !committed.is_empty() {
            self.commit(ends, committed);
        }
        self.intake_error = batch.error;
    }

    /// Writes items to the journal, so that their calls can start.
    fn start(&mut self, mut changes: Vec<JournalChange>, items: Vec<Starting<R::Input>>) {
        let known = items.iter().filter(|starting| starting.is_known);
        changes.extend(known.map(|Starting { item, before, .. }| {
            let record = pending_record(ItemState::Started, item.attempts(), item.crashes, before);
            JournalChange::put(item_key(item.index), record)
        }));
        self.starts.push(items, self.journal.write(changes));
    }
}

/// Records that the calls in flight were dropped by the program, and not by a crash.
impl<R: Runnable<Input: Clone>> Drop for Engine<R> {
    fn drop(&mut self) {
        let dropped = self.calls.cancel().into_iter().map(|Called { item, before }| {
            let (attempts, crashes) = (item.attempts(), item.crashes);
            let total = before + item.meter.take();
            let record = pending_record(ItemState::Dropped, attempts, crashes, &total);
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
