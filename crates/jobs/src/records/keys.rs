//! The keys of the values in a journal.

use crate::journal::{JournalKey, JournalPart};

/// Returns the name of an item in the parts that are ordered by the index of the item.
pub(crate) fn index_name(index: u64) -> String {
    format!("{index:016x}")
}

pub(crate) fn parse_index(name: &str) -> Option<u64> {
    u64::from_str_radix(name, 16).ok()
}

pub(crate) fn job_key(name: &str) -> JournalKey {
    JournalKey::new(JournalPart::Job, name)
}

/// Returns the place of the index of the item with this key.
pub(crate) fn key_key(key: &str) -> JournalKey {
    JournalKey::new(JournalPart::Key, key)
}

pub(crate) fn order_key(index: u64) -> JournalKey {
    JournalKey::new(JournalPart::Order, index_name(index))
}

pub(crate) fn item_key(index: u64) -> JournalKey {
    JournalKey::new(JournalPart::Item, index_name(index))
}

pub(crate) fn input_key(index: u64) -> JournalKey {
    JournalKey::new(JournalPart::Input, index_name(index))
}

/// Returns the beginning of the names of all checkpoints of an item.
pub(crate) fn checkpoint_prefix(index: u64) -> String {
    format!("{index:016x}/")
}
