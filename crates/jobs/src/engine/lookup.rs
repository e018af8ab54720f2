//! [`Lookup`]: finds out what the journal says about an item of the source.

use std::sync::{Arc, Mutex};

use runnable_core::{Error, ErrorKind, Result};

use super::ready::{Entry, Known};
use crate::{
    journal::{Journal, JournalPart},
    records::{
        Digest, Entries, ItemRecord, ItemState, Ledger, OrderRecord, checkpoint_prefix, input_key,
        item_key, lock, order_key, parse_index,
    },
};

/// Finds out what the journal says about an item of the source.
pub(super) struct Lookup {
    pub(super) journal: Arc<dyn Journal>,
    pub(super) ledger: Arc<Mutex<Ledger>>,
}

impl Lookup {
    /// Returns whether an item is in flight, or was finished while it was searched.
    pub(super) async fn is_open(&self, entry: &Entry) -> Result<bool> {
        let open = lock(&self.ledger).open(&entry.key);
        let Some(open) = open else {
            return Ok(false);
        };
        if open.digest != entry.digest {
            match open.json {
                Some(json) if !is_same(&json, &entry.json) => return Err(differs(entry)),
                Some(_) => {}
                None => self.check(entry, open.index).await?,
            }
        }
        Ok(true)
    }

    /// Returns whether an item is finished. `index` and `digest` are those of the item with the
    /// same key in the journal.
    pub(super) async fn is_finished(
        &self,
        entry: &Entry,
        index: u64,
        digest: Digest,
    ) -> Result<bool> {
        if digest != entry.digest {
            self.check(entry, index).await?;
        }
        Ok(lock(&self.ledger).summary.finished.contains(index))
    }

    /// Checks an item whose digest differs from the digest in the journal. An item that was made
    /// pending again may have changed.
    async fn check(&self, entry: &Entry, index: u64) -> Result<()> {
        let values = self.journal.read(vec![input_key(index), item_key(index)]).await?;
        let mut values = values.into_iter().map(Option::unwrap_or_default);
        let before = values.next().unwrap_or_default();
        let record = values.next().unwrap_or_default();
        if is_same(&before, &entry.json) {
            return Ok(());
        }
        let record = ItemRecord::read(&record).ok();
        if record.is_some_and(|record| record.state == ItemState::Retried) {
            return Ok(());
        }
        Err(differs(entry))
    }

    /// Returns the index and the digest of an item in the journal. `index` is the value of its key.
    ///
    /// An index without the item in its place was left by a process that was killed before the item
    /// started.
    pub(super) async fn position(
        &self,
        entry: &Entry,
        index: Option<Vec<u8>>,
    ) -> Result<Option<(u64, Digest)>> {
        let Some(index) = index.and_then(|index| parse_index(std::str::from_utf8(&index).ok()?))
        else {
            return Ok(None);
        };
        let order = self.journal.read(vec![order_key(index)]).await?.pop().flatten();
        let order = order.and_then(|order| OrderRecord::read(&order));
        Ok(order.filter(|order| order.key == entry.key).map(|order| (index, order.digest)))
    }

    /// Reads what the journal contains about an item without a result.
    pub(super) async fn known(&self, index: u64) -> Result<Known> {
        let record = self.journal.read(vec![item_key(index)]).await?.pop().flatten();
        let record = match record {
            Some(record) => ItemRecord::read(&record)?,
            None => ItemRecord::new(ItemState::Started),
        };
        let (prefix, mut checkpoints) = (checkpoint_prefix(index), Vec::new());
        let (journal, after) = (Arc::clone(&self.journal), Some(prefix.clone()));
        let mut entries = Entries::after(journal, JournalPart::Checkpoint, after, 64);
        while let Some(entry) = entries.next().await?.filter(|(name, _)| name.starts_with(&prefix))
        {
            checkpoints.push(entry);
        }
        Ok(Known { record, checkpoints })
    }
}

/// Returns whether two inputs are equal. A map without an order can have another JSON each time, so
/// the values are compared.
fn is_same(a: &[u8], b: &[u8]) -> bool {
    let value = |json: &[u8]| serde_json::from_slice::<serde_json::Value>(json).ok();
    value(a).is_some_and(|a| Some(a) == value(b))
}

fn differs(entry: &Entry) -> Error {
    let message = format!(
        "two different inputs have the key `{}`: either two items of the source share the key, or \
         the input was changed after the job began; use unique keys, or begin a new job in another \
         folder",
        entry.key
    );
    Error::new(ErrorKind::InvalidInput, message)
}
