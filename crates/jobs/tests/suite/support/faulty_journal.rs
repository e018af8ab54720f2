//! [`FaultyJournal`]: a journal in memory whose writes fail, and which counts what is read.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use futures::{FutureExt, future::BoxFuture};
use runnable_core::{Error, ErrorKind, Result};
use runnable_jobs::journal::{Journal, JournalChange, JournalKey, JournalPart, MemoryJournal};

/// A journal in memory, of which one write can fail. A clone is a handle to the same journal.
#[derive(Clone, Default)]
pub(crate) struct FaultyJournal {
    journal: MemoryJournal,
    state: Arc<State>,
}

struct State {
    /// The number of writes until one fails. 0 if none fails.
    left: AtomicU64,
    kind: ErrorKind,
    /// The maximum number of entries that are read at once. 0 if there is no maximum.
    page: usize,
    /// The number of entries that were read in order.
    scanned: AtomicU64,
}

impl Default for State {
    fn default() -> Self {
        let (left, scanned) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { left, kind: ErrorKind::Other, page: 0, scanned }
    }
}

impl FaultyJournal {
    /// Creates a journal that returns at most this number of entries at once.
    pub(crate) fn with_pages_of(page: usize) -> Self {
        Self { state: Arc::new(State { page, ..State::default() }), ..Self::default() }
    }

    /// Creates a journal whose write with this number fails, counted from 1. The writes after it do
    /// not.
    pub(crate) fn failing_at(number: u64, kind: ErrorKind) -> Self {
        let state = State { left: AtomicU64::new(number), kind, ..State::default() };
        Self { state: Arc::new(state), ..Self::default() }
    }

    /// Returns whether the write that should fail has failed.
    pub(crate) fn has_failed(&self) -> bool {
        self.state.left.load(Ordering::Relaxed) == 0
    }

    /// Returns the number of entries that were read in order since the last call.
    pub(crate) fn take_scanned(&self) -> u64 {
        self.state.scanned.swap(0, Ordering::Relaxed)
    }
}

impl Journal for FaultyJournal {
    fn read(&self, keys: Vec<JournalKey>) -> BoxFuture<'static, Result<Vec<Option<Vec<u8>>>>> {
        self.journal.read(keys)
    }

    fn write(&self, changes: Vec<JournalChange>) -> BoxFuture<'static, Result<()>> {
        let left = |left: u64| left.checked_sub(1);
        if self.state.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, left) == Ok(1) {
            let error = Error::new(self.state.kind, "the database has no connection");
            return futures::future::ready(Err(error)).boxed();
        }
        self.journal.write(changes)
    }

    fn scan(
        &self,
        part: JournalPart,
        after: Option<String>,
        limit: usize,
    ) -> BoxFuture<'static, Result<Vec<(String, Vec<u8>)>>> {
        let state = Arc::clone(&self.state);
        let limit = if state.page == 0 { limit } else { limit.min(state.page) };
        let page = self.journal.scan(part, after, limit);
        page.inspect(move |page| {
            let count = page.as_ref().map_or(0, Vec::len);
            state.scanned.fetch_add(count as u64, Ordering::Relaxed);
        })
        .boxed()
    }
}
