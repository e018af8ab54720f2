//! [`Intake`]: reads the source of a job.

use std::{
    mem,
    sync::{Arc, Mutex},
};

use futures_core::stream::BoxStream;
use futures_util::{FutureExt, StreamExt};
use runnable_core::{Chunked, Error, Result};

use super::{
    cursor::Cursor,
    lookup::Lookup,
    ready::{Entry, Ready, digested},
};
use crate::{
    inputs::ReadItem,
    journal::Journal,
    records::{Ledger, OpenItem, key_key, lock},
};

/// The largest number of items that are read before other parts of the job continue.
const MOST_READ: usize = 256;

/// Reads the source of a job, and passes over the items that are finished.
pub(super) struct Intake<T> {
    source: BoxStream<'static, Result<ReadItem<T>>>,
    lookup: Lookup,
    cursor: Cursor,
}

/// What was read at once.
pub(super) struct Batch<T> {
    pub(super) ready: Vec<Ready<T>>,
    /// The number of items that were read.
    pub(super) read: u64,
    /// The number of items that are finished already, or that the source contains twice.
    pub(super) skipped: u64,
    pub(super) has_ended: bool,
    /// An error of the source or of the journal. The items before it are valid.
    pub(super) error: Option<Error>,
}

/// What is known about an item before it is looked up by its key.
enum Found {
    /// The item is in flight, or finished.
    Skip,
    /// The item is in the journal and has no result.
    Unfinished(u64),
    /// The item must be looked up by its key.
    Unknown,
}

/// Items that are looked up together.
type Unknown<T> = Vec<(Entry, Result<T>)>;

impl<T: Chunked> Intake<T> {
    pub(super) fn new(
        source: BoxStream<'static, Result<ReadItem<T>>>,
        journal: Arc<dyn Journal>,
        ledger: Arc<Mutex<Ledger>>,
    ) -> Self {
        let known = lock(&ledger).known;
        let cursor = Cursor::new(Arc::clone(&journal), known);
        Self { source, lookup: Lookup { journal, ledger }, cursor }
    }

    /// Reads items until `room` of them have no result, or until the source is not ready.
    pub(super) async fn read(mut self, room: usize) -> (Self, Batch<T>) {
        let (ready, has_ended) = (Vec::new(), false);
        let mut batch = Batch { ready, read: 0, skipped: 0, has_ended, error: None };
        let mut unknown = Vec::new();
        let filled = self.fill(&mut batch, &mut unknown, room).await;
        // The items before an error are valid.
        let looked_up = self.look_up(unknown, &mut batch).await;
        batch.error = filled.and(looked_up).err();
        lock(&self.lookup.ledger).end_look_up();
        (self, batch)
    }

    async fn fill(
        &mut self,
        batch: &mut Batch<T>,
        unknown: &mut Unknown<T>,
        room: usize,
    ) -> Result<()> {
        for number in 0..MOST_READ {
            if batch.ready.len() + unknown.len() >= room {
                break;
            }
            // Wait only for the first item, so that the items that are ready are not delayed.
            let item = match number {
                0 => Some(self.source.next().await),
                _ => self.source.next().now_or_never(),
            };
            let Some(item) = item else { break };
            let Some(item) = item else {
                batch.has_ended = true;
                break;
            };
            let (entry, input) = digested(item?)?;
            batch.read += 1;
            if unknown.iter().any(|(other, _)| other.key == entry.key) {
                self.look_up(mem::take(unknown), batch).await?;
            }
            match self.find(&entry).await? {
                Found::Skip => batch.skipped += 1,
                Found::Unfinished(index) => self.reopen(entry, input, index, batch).await?,
                Found::Unknown => unknown.push((entry, input)),
            }
            // The position of the cursor depends on the item, so look it up now.
            if !self.cursor.is_at_end() {
                self.look_up(mem::take(unknown), batch).await?;
            }
        }
        Ok(())
    }

    /// Searches an item among the items in flight, and compares it with the cursor.
    async fn find(&mut self, entry: &Entry) -> Result<Found> {
        if self.lookup.is_open(entry).await? {
            return Ok(Found::Skip);
        }
        // From here on, items that are finished must not be missed.
        lock(&self.lookup.ledger).begin_look_up();
        let Some((index, order)) = self.cursor.peek().await? else {
            return Ok(Found::Unknown);
        };
        if order.key != entry.key {
            return Ok(Found::Unknown);
        }
        let (index, digest) = (*index, order.digest);
        self.cursor.advance();
        let is_finished = self.lookup.is_finished(entry, index, digest).await?;
        Ok(if is_finished { Found::Skip } else { Found::Unfinished(index) })
    }

    /// Looks items up by their keys, and adds those without a result to the batch.
    async fn look_up(&mut self, items: Unknown<T>, batch: &mut Batch<T>) -> Result<()> {
        if items.is_empty() {
            return Ok(());
        }
        let keys = items.iter().map(|(entry, _)| key_key(&entry.key)).collect();
        let indexes = self.lookup.journal.read(keys).await?;
        for ((entry, input), index) in items.into_iter().zip(indexes) {
            // It may have been finished since it was searched.
            if self.lookup.is_open(&entry).await? {
                batch.skipped += 1;
                continue;
            }
            match self.lookup.position(&entry, index).await? {
                Some((index, digest)) => {
                    self.cursor.jump_past(index);
                    if self.lookup.is_finished(&entry, index, digest).await? {
                        batch.skipped += 1;
                    } else {
                        self.reopen(entry, input, index, batch).await?;
                    }
                }
                None => {
                    let index = lock(&self.lookup.ledger).next_index();
                    self.add(Ready { index, entry, input, known: None }, batch);
                }
            }
        }
        Ok(())
    }

    /// Adds an item of the journal without a result to the batch.
    async fn reopen(
        &mut self,
        entry: Entry,
        input: Result<T>,
        index: u64,
        batch: &mut Batch<T>,
    ) -> Result<()> {
        let known = Some(self.lookup.known(index).await?);
        self.add(Ready { index, entry, input, known }, batch);
        Ok(())
    }

    /// Adds an item to the batch, and to the items in flight.
    fn add(&mut self, ready: Ready<T>, batch: &mut Batch<T>) {
        let Ready { index, entry, known, .. } = &ready;
        // Otherwise, the input in the journal is replaced.
        let is_stored = known.as_ref().is_some_and(|known| !known.is_retried());
        let json = (!is_stored).then(|| Arc::clone(&entry.json));
        let item = OpenItem { index: *index, digest: entry.digest, json };
        lock(&self.lookup.ledger).add(&entry.key, item);
        batch.ready.push(ready);
    }
}
