//! How the items of a job begin: the methods of [`Engine`] that read items and start their calls.

use std::{
    mem,
    task::{self, Poll},
};

use futures_util::FutureExt;
use runnable_core::{Result, Runnable};

use super::{
    engine::{Engine, Reading},
    intake::Batch,
    item_end::pending_record,
    records::{Committed, Outcome},
    starting::{Shared, Starting},
};
use crate::{
    journal::JournalChange,
    records::{ItemState, item_key, lock},
};

impl<R: Runnable<Input: Clone>> Engine<R> {
    /// Calls the chain for items that are in the journal now.
    pub(super) fn poll_starts(&mut self, cx: &mut task::Context<'_>) -> Result<bool> {
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

    pub(super) fn poll_intake(&mut self, cx: &mut task::Context<'_>) -> Result<bool> {
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
            if let Reading::Idle(intake) = mem::replace(&mut self.intake, Reading::Ended) {
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
            let record = pending_record(item, ItemState::Started, item.crashes, before);
            JournalChange::put(item_key(item.index), record)
        }));
        self.starts.push(items, self.journal.write(changes));
    }
}
