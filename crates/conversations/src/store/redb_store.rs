//! [`RedbStore`]: a store in one file on the disk.

use std::{
    fmt,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Sender},
    },
    thread::JoinHandle,
};

use redb::{Database, ReadTransaction, ReadableDatabase};
use runnable_core::{BoxError, Error, ErrorKind, Result};
use tokio::sync::oneshot;

use super::{
    ConversationStore, Summary,
    redb_error::{failed, not_opened, stopped},
    redb_tables::{Change, keys, load, load_line, summaries},
    redb_thread::{Job, Write, start},
};
use crate::tree::{Conversation, Turn, TurnId, TurnStart};

/// A store in one file on the disk, in the database [redb](https://docs.rs/redb).
///
/// A save is atomic and is on the disk when it returns. If the program is killed or the machine
/// loses power, the file contains all turns that had ended. Turns are stored as JSON, with messages
/// in LangChain's format.
///
/// A clone shares the file. A file can be open once at a time, in one program.
///
/// # Threads
///
/// A thread of the store reads and writes the file, in the order of the calls. Callers await it, so
/// they do not block the async runtime, and the store works in every runtime. Saves that arrive while
/// the disk is busy are written together. The thread ends when the last clone is dropped, after it
/// has written all changes. Two methods wait for the thread without awaiting, some milliseconds:
/// `append_now`, which saves the turn of a dropped call, and the drop of the last clone.
///
/// # Cancel safety
///
/// If the future of a change is dropped after its first poll, the change is made nevertheless. A load
/// that is called later sees the change.
///
/// # Examples
///
/// ```no_run
/// use runnable_conversations::{Conversations, RedbStore};
///
/// # fn main() -> runnable_core::Result<()> {
/// let conversations = Conversations::new(RedbStore::open("conversations.redb")?);
/// # Ok(())
/// # }
/// ```
#[doc(alias("FileChatMessageHistory", "SqliteSaver", "SQLChatMessageHistory"))]
#[derive(Clone)]
pub struct RedbStore {
    file: Arc<File>,
}

/// The thread that has the file open.
struct File {
    /// `None` while the last clone is dropped.
    thread: Option<Thread>,
}

struct Thread {
    /// In a lock, because a sender of the standard library is slow to share between threads.
    jobs: Mutex<Sender<Job>>,
    handle: JoinHandle<()>,
}

impl RedbStore {
    /// Opens the file, or creates it. The folder must exist.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::Other`] if the file cannot be opened: it is open in another program, it
    /// is not a database, or the program has no access to it.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let database = Database::create(path).map_err(|error| not_opened(path, error))?;
        Self::with_database(database)
    }

    /// Uses a database that your program has opened, such as one with a custom backend.
    ///
    /// The store uses the tables `turns`, `branches` and `summaries`.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::Other`] if the thread of the store cannot be started.
    pub fn with_database(database: Database) -> Result<Self> {
        let (jobs, handle) = start(database)?;
        let thread = Some(Thread { jobs: Mutex::new(jobs), handle });
        Ok(Self { file: Arc::new(File { thread }) })
    }

    /// Gives the thread something to do. If the thread has stopped, it is dropped.
    fn send(&self, job: Job) {
        if let Some(Thread { jobs, .. }) = &self.file.thread {
            _ = jobs.lock().unwrap_or_else(PoisonError::into_inner).send(job);
        }
    }

    /// Reads in the thread. The read is skipped if the future is dropped before it begins.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&ReadTransaction) -> Result<T, BoxError> + Send + 'static,
    ) -> Result<T, BoxError> {
        let (done, result) = oneshot::channel();
        self.send(Job::Read(Box::new(move |database| {
            if !done.is_closed() {
                let transaction = database.begin_read().map_err(BoxError::from);
                _ = done.send(transaction.and_then(|transaction| read(&transaction)));
            }
        })));
        result.await.unwrap_or_else(|_| Err(stopped()))
    }

    /// Makes a change in the thread, and waits until it is on the disk.
    async fn write(&self, key: &str, change: Change) -> Result<()> {
        let (done, result) = oneshot::channel();
        let (key, action) = (key.to_owned(), change.action());
        let done = Box::new(move |result| _ = done.send(result));
        let missing = || failed(action, &key, stopped());
        self.send(Job::Write(Write { key: key.clone(), change, done }));
        result.await.unwrap_or_else(|_| Err(missing()))
    }
}

/// Returns the change that saves a turn.
fn append(key: &str, branch: &str, turn: &Turn) -> Result<Change> {
    let json =
        serde_json::to_vec(turn).map_err(|error| failed("save a turn of", key, error.into()))?;
    Ok(Change::Append { branch: branch.to_owned(), turn: turn.id, json })
}

impl ConversationStore for RedbStore {
    async fn load(&self, key: &str) -> Result<Conversation> {
        let wanted = key.to_owned();
        let loaded = self.read(move |transaction| load(transaction, &wanted)).await;
        loaded.map_err(|error| failed("load", key, error))
    }

    async fn load_line(&self, key: &str, branch: &str, start: TurnStart) -> Result<Conversation> {
        let (wanted, branch) = (key.to_owned(), branch.to_owned());
        let read = move |transaction: &_| load_line(transaction, &wanted, &branch, start);
        self.read(read).await.map_err(|error| failed("load", key, error))
    }

    async fn append(&self, key: &str, branch: &str, turn: &Turn) -> Result<()> {
        self.write(key, append(key, branch, turn)?).await
    }

    async fn set_branch(&self, key: &str, branch: &str, head: Option<TurnId>) -> Result<()> {
        self.write(key, Change::SetBranch { branch: branch.to_owned(), head }).await
    }

    async fn summaries(&self, key: &str) -> Result<Vec<Summary>> {
        let wanted = key.to_owned();
        let loaded = self.read(move |transaction| summaries(transaction, &wanted)).await;
        loaded.map_err(|error| failed("load the summaries of", key, error))
    }

    async fn save_summary(&self, key: &str, summary: &Summary) -> Result<()> {
        self.write(key, Change::SaveSummary(summary.clone())).await
    }

    async fn delete(&self, key: &str) -> Result<()> {
        self.write(key, Change::Delete).await
    }

    async fn keys(&self) -> Result<Vec<String>> {
        self.read(keys).await.map_err(|error| {
            let message = format!("failed to list the conversations: {error}");
            Error::new(ErrorKind::Other, message).with_source(error)
        })
    }

    fn append_now(&self, key: &str, branch: &str, turn: &Turn) -> Option<Result<()>> {
        let change = match append(key, branch, turn) {
            Ok(change) => change,
            Err(error) => return Some(Err(error)),
        };
        let (sender, result) = mpsc::channel();
        let done = Box::new(move |result| _ = sender.send(result));
        let missing = failed(change.action(), key, stopped());
        self.send(Job::Write(Write { key: key.to_owned(), change, done }));
        Some(result.recv().unwrap_or(Err(missing)))
    }
}

/// Waits until all changes are written.
impl Drop for File {
    fn drop(&mut self) {
        if let Some(Thread { jobs, handle }) = self.thread.take() {
            drop(jobs);
            // The thread reports its errors to the calls, so there is nothing to report here.
            _ = handle.join();
        }
    }
}

impl fmt::Debug for RedbStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedbStore").finish_non_exhaustive()
    }
}
