//! [`Journal`]: the trait of journals.

use futures_core::future::BoxFuture;
use runnable_core::Result;

use super::{
    journal_change::JournalChange,
    journal_key::{JournalKey, JournalPart},
};

/// Where a job keeps its state and its results: a map from keys to bytes that survives a crash.
///
/// A job is the only writer of its journal. A journal must not be used by two jobs at once.
///
/// # Laws
///
/// - After [`write`](Self::write) has completed, its changes survive a crash.
/// - Changes take effect in the order in which `write` received them, also over several calls.
///   After a crash, the journal contains the changes up to some point and none after it. So the
///   changes of one call do not have to be atomic together, but each change is.
/// - [`read`](Self::read) and [`scan`](Self::scan) return everything whose `write` has completed
///   before the call. They can also return changes whose `write` has not completed.
///
/// A name can contain any characters, and a value can be as large as an input or an output.
///
/// Any map with durable, ordered writes can be a journal: a table of a database, a key-value bucket
/// of a message broker, the state of a durable execution engine.
pub trait Journal: Send + Sync + 'static {
    /// Returns the values of these keys, in the order of the keys.
    fn read(&self, keys: Vec<JournalKey>) -> BoxFuture<'static, Result<Vec<Option<Vec<u8>>>>>;

    /// Changes values. The future completes when the changes are durable.
    ///
    /// The journal takes the changes when the method is called. If the future is dropped, the
    /// changes are made nevertheless, unless the program ends first.
    ///
    /// # Errors
    ///
    /// The future returns an error if the changes are not durable, or if it is unknown whether they
    /// are. The changes of later calls must not take effect then, also of calls that were made before
    /// the error was known. A job stops at the first error, and can be resumed after the journal was
    /// opened again.
    fn write(&self, changes: Vec<JournalChange>) -> BoxFuture<'static, Result<()>>;

    /// Returns the entries of a part whose names come after `after`, in the order of the names.
    ///
    /// The result has at most `limit` entries. It can have fewer, for example because the values are
    /// large, but is empty only if there are no further entries. `limit` is at least 1.
    fn scan(
        &self,
        part: JournalPart,
        after: Option<String>,
        limit: usize,
    ) -> BoxFuture<'static, Result<Vec<JournalEntry>>>;

    /// Returns whether the journal was damaged by a crash and was repaired when it was opened.
    ///
    /// The report of the job says so. The default is `false`.
    fn was_repaired(&self) -> bool {
        false
    }
}

/// An entry of a journal: its name within its part, and its value.
pub type JournalEntry = (String, Vec<u8>);
