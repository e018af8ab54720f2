//! [`RedbStore`]: answers in a file.

use std::{
    fmt,
    path::Path,
    sync::{Arc, Mutex, PoisonError, mpsc::Sender},
    thread::JoinHandle,
};

use futures_core::future::BoxFuture;
use futures_util::{FutureExt, future::ready};
use redb::{Database, DatabaseError};
use runnable_core::{Error, ErrorKind, Result};
use tokio::sync::oneshot;

use super::{
    redb_tables::{bytes, lookup},
    redb_writer::{Change, ChangeKind, start},
};
use crate::{CacheKey, CacheStore, CachedAnswer};

/// A store that keeps answers in a file, up to a number of bytes.
///
/// If it is full, it removes the oldest answers. A call ends after its answer is on the disk, so an
/// answer that a program has received is in the file even if the program is killed. The file
/// contains requests and answers as plain text.
///
/// Only one program can use a file at a time. Within a program, use clones of one
/// [`AnswerCache`](crate::AnswerCache).
///
/// # Examples
///
/// ```
/// use runnable_cache::{AnswerCache, RedbStore};
///
/// # fn main() -> runnable_core::Result<()> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("answers.redb");
/// let cache = AnswerCache::new(RedbStore::open(path, 1 << 30)?); // at most 1 GiB
/// # drop(cache);
/// # Ok(())
/// # }
/// ```
#[doc(alias("SQLiteCache", "SQLAlchemyCache"))]
pub struct RedbStore {
    database: Arc<Database>,
    max_bytes: u64,
    /// `None` after the store was dropped.
    writer: Option<Writer>,
}

struct Writer {
    /// In a lock, because a sender of the standard library is slow to share between threads.
    changes: Mutex<Sender<Change>>,
    thread: JoinHandle<()>,
}

impl RedbStore {
    /// Opens the file, or creates it, for requests and answers of at most `max_bytes` together. The
    /// file itself is larger than that.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be created, is not a file of this store, or is used by
    /// another program.
    pub fn open(path: impl AsRef<Path>, max_bytes: u64) -> Result<Self> {
        let path = path.as_ref();
        let database = Database::create(path).map_err(|error| {
            let path = path.display();
            let reason = match &error {
                DatabaseError::DatabaseAlreadyOpen => {
                    "another store uses the file; open it once, and share the store".to_owned()
                }
                error => error.to_string(),
            };
            let message = format!("failed to open the answer cache `{path}`: {reason}");
            Error::new(ErrorKind::Other, message).with_source(error)
        })?;
        let database = Arc::new(database);
        let (changes, thread) = start(Arc::clone(&database), max_bytes)?;
        let writer = Some(Writer { changes: Mutex::new(changes), thread });
        Ok(Self { database, max_bytes, writer })
    }

    /// Returns the number of bytes of all requests and answers in this store.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be read.
    pub fn bytes(&self) -> Result<u64> {
        bytes(&self.database)
    }

    /// Sends a change to the writer, and waits until it is on the disk.
    fn change(&self, kind: ChangeKind) -> BoxFuture<'static, Result<()>> {
        let (done, written) = oneshot::channel();
        if let Some(Writer { changes, .. }) = &self.writer {
            let changes = changes.lock().unwrap_or_else(PoisonError::into_inner);
            // If the writer has stopped, the sender in the change is dropped, and the future below
            // returns an error.
            _ = changes.send(Change { kind, done });
        }
        async move {
            written.await.unwrap_or_else(|_| {
                let message = "the thread that writes the answer cache has stopped";
                Err(Error::new(ErrorKind::Other, message))
            })
        }
        .boxed()
    }
}

impl CacheStore for RedbStore {
    fn lookup(&self, key: &CacheKey) -> BoxFuture<'static, Result<Option<Arc<CachedAnswer>>>> {
        ready(lookup(&self.database, key).map(|answer| answer.map(Arc::new))).boxed()
    }

    fn update(&self, key: CacheKey, answer: Arc<CachedAnswer>) -> BoxFuture<'static, Result<()>> {
        self.change(ChangeKind::Update(key, answer))
    }

    fn clear(&self) -> BoxFuture<'static, Result<()>> {
        self.change(ChangeKind::Clear)
    }
}

/// Waits until all changes are written.
impl Drop for RedbStore {
    fn drop(&mut self) {
        if let Some(Writer { changes, thread }) = self.writer.take() {
            drop(changes);
            // The thread reports its errors to the calls, so there is nothing to report here.
            _ = thread.join();
        }
    }
}

impl fmt::Debug for RedbStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedbStore").field("max_bytes", &self.max_bytes).finish_non_exhaustive()
    }
}
