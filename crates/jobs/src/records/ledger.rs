//! [`Ledger`]: what a running job knows about its items.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use runnable_chat::metering::UsageTotals;

use super::{digest::Digest, summary::Summary};

/// What a running job knows about its items. Its size depends on the items in flight, and not on
/// the number of all items.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// The finished items whose results are durable.
    pub(crate) summary: Summary,
    /// The number of items that the journal contained when it was opened.
    pub(crate) known: u64,
    /// The number of items that were in flight when the process ended.
    pub(crate) interrupted: u64,
    /// The usage of all items, with the attempts of items that are not finished.
    pub(crate) spent: UsageTotals,
    /// The items in flight, by key.
    open: HashMap<String, OpenItem>,
    /// The items that were finished while a look-up in the journal was under way. The look-up may
    /// have missed them.
    closed: Option<HashMap<String, OpenItem>>,
}

/// An item in flight.
#[derive(Clone, Debug)]
pub(crate) struct OpenItem {
    pub(crate) index: u64,
    pub(crate) digest: Digest,
    /// The input as JSON, if the journal may not contain it yet.
    pub(crate) json: Option<Arc<Vec<u8>>>,
}

impl Ledger {
    /// Returns the item with this key if it is in flight, or if the journal may not contain it yet.
    pub(crate) fn open(&self, key: &str) -> Option<OpenItem> {
        let closed = || self.closed.as_ref()?.get(key);
        self.open.get(key).or_else(closed).cloned()
    }

    /// Returns the index of a new item.
    pub(crate) fn next_index(&mut self) -> u64 {
        let index = self.summary.len;
        self.summary.len += 1;
        index
    }

    /// Adds an item in flight.
    pub(crate) fn add(&mut self, key: &str, item: OpenItem) {
        self.open.insert(key.to_owned(), item);
    }

    /// Records that the journal contains the item and its input.
    pub(crate) fn started(&mut self, key: &str) {
        if let Some(item) = self.open.get_mut(key) {
            item.json = None;
        }
    }

    /// Records that the result of an item is durable, or that the item stopped.
    pub(crate) fn close(&mut self, key: &str) {
        if let Some((key, item)) = self.open.remove_entry(key)
            && let Some(closed) = &mut self.closed
        {
            closed.insert(key, OpenItem { json: None, ..item });
        }
    }

    /// From now on, keeps the items that are closed, because a look-up in the journal begins.
    pub(crate) fn begin_look_up(&mut self) {
        self.closed.get_or_insert_default();
    }

    pub(crate) fn end_look_up(&mut self) {
        self.closed = None;
    }

    /// Returns the number of items in flight.
    pub(crate) fn in_flight(&self) -> usize {
        self.open.len()
    }
}

pub(crate) fn lock(ledger: &Mutex<Ledger>) -> MutexGuard<'_, Ledger> {
    ledger.lock().unwrap_or_else(PoisonError::into_inner)
}
