//! Stores of conversations: in memory, on the disk, or your own.

mod conversation_store;
mod erased_store;
mod kept_summaries;
mod memory_store;
#[cfg(feature = "redb")]
mod redb_error;
#[cfg(feature = "redb")]
mod redb_store;
#[cfg(feature = "redb")]
mod redb_tables;
#[cfg(feature = "redb")]
mod redb_thread;
mod summary;

#[cfg(feature = "redb")]
pub use self::redb_store::RedbStore;
pub use self::{
    conversation_store::ConversationStore, memory_store::MemoryStore, summary::Summary,
};
pub(crate) use self::{erased_store::ErasedStore, kept_summaries::KeptSummaries};
