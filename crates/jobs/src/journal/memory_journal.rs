//! [`MemoryJournal`]: a journal in memory.

use std::{
    collections::BTreeMap,
    fmt,
    ops::Bound,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures_core::future::BoxFuture;
use futures_util::{FutureExt, future::ready};
use runnable_core::Result;

use super::{
    job_journal::Journal,
    journal_change::JournalChange,
    journal_key::{JournalKey, JournalPart},
};

/// A journal in memory, for tests and for jobs that do not have to survive the program.
///
/// A clone is a handle to the same journal.
///
/// # Examples
///
/// ```
/// use runnable_core::prelude::*;
/// use runnable_jobs::{Job, JobItem, inputs::items, journal::MemoryJournal};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let shout = lambda(|text: String| text.to_uppercase());
/// let journal = MemoryJournal::new();
/// let job = Job::with_journal(journal.clone(), shout);
/// let report = job.inputs(items([JobItem::new("1", "hello")])).run().await?;
/// assert_eq!(report.done, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct MemoryJournal {
    values: Arc<Mutex<BTreeMap<JournalKey, Vec<u8>>>>,
}

impl MemoryJournal {
    /// Creates an empty journal.
    pub fn new() -> Self {
        Self::default()
    }

    fn values(&self) -> MutexGuard<'_, BTreeMap<JournalKey, Vec<u8>>> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journal for MemoryJournal {
    fn read(&self, keys: Vec<JournalKey>) -> BoxFuture<'static, Result<Vec<Option<Vec<u8>>>>> {
        let values = self.values();
        ready(Ok(keys.iter().map(|key| values.get(key).cloned()).collect())).boxed()
    }

    fn write(&self, changes: Vec<JournalChange>) -> BoxFuture<'static, Result<()>> {
        let mut values = self.values();
        for change in changes {
            match change {
                JournalChange::Put { key, value } => _ = values.insert(key, value),
                JournalChange::Delete { key } => _ = values.remove(&key),
            }
        }
        ready(Ok(())).boxed()
    }

    fn scan(
        &self,
        part: JournalPart,
        after: Option<String>,
        limit: usize,
    ) -> BoxFuture<'static, Result<Vec<(String, Vec<u8>)>>> {
        let from = match after {
            Some(after) => Bound::Excluded(JournalKey::new(part, after)),
            None => Bound::Included(JournalKey::new(part, "")),
        };
        let values = self.values();
        let entries = values.range((from, Bound::Unbounded));
        let entries = entries.take_while(|(key, _)| key.part == part).take(limit);
        ready(Ok(entries.map(|(key, value)| (key.name.clone(), value.clone())).collect())).boxed()
    }
}

impl fmt::Debug for MemoryJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryJournal").field("values", &self.values().len()).finish()
    }
}
