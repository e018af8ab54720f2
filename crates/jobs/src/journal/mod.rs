//! Journals: where a job keeps its state and its results.

mod folder;
mod in_thread;
mod job_journal;
mod journal_change;
mod journal_key;
mod memory_journal;
mod redb_error;
mod redb_handle;
mod redb_journal;
mod redb_tables;
mod redb_writer;

pub(crate) use self::in_thread::in_thread;
pub use self::{
    job_journal::{Journal, JournalEntry},
    journal_change::JournalChange,
    journal_key::{JournalKey, JournalPart},
    memory_journal::MemoryJournal,
    redb_journal::RedbJournal,
};
