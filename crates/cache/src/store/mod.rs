//! The places where a cache keeps its answers.

#[cfg(feature = "moka")]
mod memory;
#[cfg(feature = "redb")]
mod redb_store;
#[cfg(feature = "redb")]
mod redb_tables;
#[cfg(feature = "redb")]
mod redb_writer;
#[expect(clippy::module_inception, reason = "the file has the name of its trait")]
mod store;

#[cfg(feature = "moka")]
pub use self::memory::InMemoryStore;
#[cfg(feature = "redb")]
pub use self::redb_store::RedbStore;
pub use self::store::CacheStore;
