//! Tests of stores, turns, branches, and functions on messages.

mod branches;
mod by_hand;
mod dropped;
mod fussy_store;
mod kept;
#[cfg(all(feature = "redb", unix))]
mod killed;
mod laws;
mod lists;
#[cfg(feature = "redb")]
mod on_disk;
mod order;
mod provider_counts;
mod random_messages;
mod stores;
mod summaries;
mod tokens;
mod trims;
