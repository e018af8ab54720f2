//! [`Ready`]: an item that has no result yet.

use std::sync::Arc;

use runnable_core::{Chunked, Error, ErrorKind, Result};

use crate::{
    inputs::{JobItem, ReadItem},
    journal::{JournalChange, JournalKey, JournalPart},
    records::{Digest, ItemRecord, ItemState},
};

/// An item of the source, without its input.
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) digest: Digest,
    /// The input as JSON.
    pub(super) json: Arc<Vec<u8>>,
}

/// An item that has no result yet.
pub(super) struct Ready<T> {
    pub(super) index: u64,
    pub(super) entry: Entry,
    /// The input, or the reason why it is not an input of the chain.
    pub(super) input: Result<T>,
    /// What the journal contains about the item. `None` for a new item.
    pub(super) known: Option<Known>,
}

/// What the journal contains about an item without a result.
pub(super) struct Known {
    pub(super) record: ItemRecord,
    /// The stored outputs of its steps.
    pub(super) checkpoints: Vec<(String, Vec<u8>)>,
}

impl Known {
    /// Returns whether the item was made pending again. Its input may have changed.
    pub(super) fn is_retried(&self) -> bool {
        self.record.state == ItemState::Retried
    }

    /// Returns the changes that remove the stored outputs.
    pub(super) fn removals(self) -> impl Iterator<Item = JournalChange> {
        let names = self.checkpoints.into_iter().map(|(name, _)| name);
        names.map(|name| JournalChange::delete(JournalKey::new(JournalPart::Checkpoint, name)))
    }
}

/// Converts an item to JSON and computes its digest.
pub(super) fn digested<T: Chunked>(item: ReadItem<T>) -> Result<(Entry, Result<T>)> {
    let json = match &item {
        ReadItem::Item(JobItem { input, .. }) => serde_json::to_vec(input),
        ReadItem::Malformed { text, .. } => serde_json::to_vec(text),
    };
    let json = json.map_err(|error| {
        let key = item.key();
        let message = format!("failed to convert the input of the item `{key}` to JSON: {error}");
        Error::new(ErrorKind::InvalidInput, message).with_source(error)
    })?;
    let (digest, json) = (Digest::of(&json), Arc::new(json));
    Ok(match item {
        ReadItem::Item(JobItem { key, input }) => (Entry { key, digest, json }, Ok(input)),
        ReadItem::Malformed { key, error, .. } => (Entry { key, digest, json }, Err(error)),
    })
}
