//! [`Ledger`]: what a running job knows about its items.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
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
#[derive(Clone, Copy, Debug)]
pub(crate) struct OpenItem {
    pub(crate) index: u64,
    pub(crate) digest: Digest,
}

impl Ledger {
    /// Returns the item with this key if it is in flight, or if the journal may not contain it yet.
    pub(crate) fn open(&self, key: &str) -> Option<OpenItem> {
        let closed = || self.closed.as_ref()?.get(key);
        self.open.get(key).or_else(closed).copied()
    }

    /// Adds a new item at the end, and returns its index.
    pub(crate) fn add(&mut self, key: &str, digest: Digest) -> u64 {
        let index = self.summary.len;
        self.summary.len += 1;
        self.reopen(key, index, digest);
        index
    }

    pub(crate) fn reopen(&mut self, key: &str, index: u64, digest: Digest) {
        self.open.insert(key.to_owned(), OpenItem { index, digest });
    }

    /// Records that the result of an item is durable, or that the item stopped.
    pub(crate) fn close(&mut self, key: &str) {
        if let Some((key, item)) = self.open.remove_entry(key)
            && let Some(closed) = &mut self.closed
        {
            closed.insert(key, item);
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
