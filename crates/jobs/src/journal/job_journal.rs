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
/// Several writes can be under way at once. A name can contain any characters, and a value is as large
/// as the input or the output of an item.
///
/// Any map with durable, ordered writes can be a journal: a table of a database, a key-value bucket
/// of a message broker, the state of a durable execution engine. If the store restricts the characters
/// or the length of its keys, encode the names in a way that keeps their order, such as hexadecimal. If
/// it cannot list keys in order, keep an ordered set of the keys in memory.
///
/// # Examples
///
/// ```
/// use std::{collections::BTreeMap, sync::Mutex};
/// use futures::future::{BoxFuture, FutureExt, ready};
/// use runnable_core::prelude::*;
/// use runnable_jobs::{Job, JobItem, inputs::items};
/// use runnable_jobs::journal::{Journal, JournalChange, JournalEntry, JournalKey, JournalPart};
///
/// /// A map in memory. A real journal also makes the changes durable.
/// #[derive(Default)]
/// struct Map(Mutex<BTreeMap<JournalKey, Vec<u8>>>);
///
/// impl Journal for Map {
///     fn read(&self, keys: Vec<JournalKey>) -> BoxFuture<'static, Result<Vec<Option<Vec<u8>>>>> {
///         let map = self.0.lock().unwrap();
///         ready(Ok(keys.iter().map(|key| map.get(key).cloned()).collect())).boxed()
///     }
///
///     fn write(&self, changes: Vec<JournalChange>) -> BoxFuture<'static, Result<()>> {
///         // This code is outside the future, because a future that is dropped must not lose changes.
///         let mut map = self.0.lock().unwrap();
///         for change in changes {
///             match change {
///                 JournalChange::Put { key, value, .. } => _ = map.insert(key, value),
///                 JournalChange::Delete { key, .. } => _ = map.remove(&key),
///                 // A later version can have other changes. They must not be lost.
///                 _ => return ready(Err(Error::new(ErrorKind::Unsupported, "unknown change"))).boxed(),
///             }
///         }
///         ready(Ok(())).boxed()
///     }
///
///     fn scan(
///         &self,
///         part: JournalPart,
///         after: Option<String>,
///         limit: usize,
///     ) -> BoxFuture<'static, Result<Vec<JournalEntry>>> {
///         let map = self.0.lock().unwrap();
///         let is_after = |name: &String| after.as_ref().is_none_or(|after| name > after);
///         let entries = map.iter().filter(|(key, _)| key.part == part && is_after(&key.name));
///         let entries = entries.map(|(key, value)| (key.name.clone(), value.clone()));
///         ready(Ok(entries.take(limit).collect())).boxed()
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let job = Job::with_journal(Map::default(), lambda(|text: String| text.len()));
/// let report = job.inputs(items([JobItem::new("1", "hello")])).run().await?;
/// assert_eq!(report.done, 1);
/// # Ok(())
/// # }
/// ```
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
    /// opened again. An unknown kind of [`JournalChange`] is an error, too.
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
