//! The changes of the journal when an item starts and ends.

use runnable_chat::metering::UsageTotals;

use super::ready::Ready;
use crate::{
    journal::JournalChange,
    records::{OrderRecord, index_name, input_key, key_key, order_key},
};

/// How an item is recorded when its result is written.
pub(super) struct Committed {
    pub(super) key: String,
    pub(super) index: u64,
    pub(super) outcome: Outcome,
    /// The usage of all calls of the item.
    pub(super) total: UsageTotals,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Done,
    Failed,
    /// It has no result.
    Pending,
}

/// Returns the changes that add an item to the journal.
///
/// The entry in the part `Order` is the last, because an item has started if it is there. If only
/// the changes before it survive a crash, the index is used again.
pub(super) fn added<T>(item: &Ready<T>) -> [JournalChange; 3] {
    let Ready { index, entry, .. } = item;
    let order = OrderRecord::write(&entry.key, entry.digest);
    [
        JournalChange::put(input_key(*index), entry.json.to_vec()),
        JournalChange::put(key_key(&entry.key), index_name(*index)),
        JournalChange::put(order_key(*index), order),
    ]
}
