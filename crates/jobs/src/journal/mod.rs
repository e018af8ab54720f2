//! Journals: where a job keeps its state and its results.

mod folder;
mod job_journal;
mod journal_change;
mod journal_key;
mod memory_journal;
mod redb_error;
mod redb_handle;
mod redb_journal;
mod redb_tables;
mod redb_writer;

pub use self::{
    job_journal::{Journal, JournalEntry},
    journal_change::JournalChange,
    journal_key::{JournalKey, JournalPart},
    memory_journal::MemoryJournal,
    redb_journal::RedbJournal,
};
