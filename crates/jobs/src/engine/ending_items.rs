//! How the items of a job end: the methods of [`Engine`] that record results.

use std::task::{self, Poll};

use runnable_core::{Error, ErrorKind, Result, Runnable};

use super::{
    engine::Engine,
    item_end::{Called, End, ItemEnd, pending_record},
    records::{Committed, Outcome},
    stop::Stop,
};
use crate::{
    journal::JournalChange,
    records::{ItemState, Summary, item_key, lock, summary_change},
};

/// The number of finished items after which the summary is written again.
const SUMMARY_EVERY: u64 = 4_096;

impl<R: Runnable<Input: Clone>> Engine<R> {
    /// Records results that are durable now.
    pub(super) fn poll_commits(&mut self, cx: &mut task::Context<'_>) -> Result<bool> {
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
    pub(super) fn poll_calls(&mut self, cx: &mut task::Context<'_>) -> bool {
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
                let pending = pending_record(&item, ItemState::Pending, 0, &total);
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

    pub(super) fn commit(&mut self, mut changes: Vec<JournalChange>, committed: Vec<Committed>) {
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
}
