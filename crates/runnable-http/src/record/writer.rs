//! [`Writer`]: writes recordings on a separate thread.

use std::{
    collections::HashMap,
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, Condvar, Mutex, OnceLock, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
        mpsc::{self, Receiver, SyncSender, TrySendError},
    },
    thread,
};

use bytes::Bytes;
use tokio::runtime::Handle;

use super::{case::Head, open_case::OpenCase, recorded_request::SentRequest, shelf::Shelf};

/// The maximum number of notes that wait for the writing thread. If more notes are waiting, a
/// recorded call waits for the disk. Otherwise a long response would be held in memory.
const WAITING: usize = 32;

/// Writes the recordings of one folder on a separate thread. The thread starts with the first
/// recording, and ends with the last client that records in the folder.
///
/// A thread is used and not a task, so that everything is written even if the runtime shuts down.
pub(super) struct Writer {
    folder: PathBuf,
    /// The channel to the thread. Not set before the first recording. `None` if the thread could
    /// not be started.
    notes: OnceLock<Option<SyncSender<Note>>>,
    started: AtomicU64,
}

/// A message to the writing thread: a part of a call that is being recorded. Each note contains the
/// number of its call.
pub(super) enum Note {
    Begin(u64, Box<SentRequest>),
    /// The status and headers of the response.
    Head(u64, Box<Head>),
    Piece(u64, Bytes),
    End(u64, Box<Head>, Written),
}

/// The writers of all folders. They are shared, because several clients may record in one folder
/// and must use its numbers together.
static WRITERS: Mutex<Vec<Weak<Writer>>> = Mutex::new(Vec::new());

impl Writer {
    /// Returns the writer of this folder.
    pub(super) fn of(folder: &Path) -> Arc<Self> {
        let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        let mut writers = WRITERS.lock().unwrap_or_else(PoisonError::into_inner);
        writers.retain(|writer| writer.strong_count() > 0);
        let known = writers.iter().filter_map(Weak::upgrade).find(|writer| writer.folder == folder);
        known.unwrap_or_else(|| {
            let writer =
                Arc::new(Self { folder, notes: OnceLock::new(), started: AtomicU64::new(0) });
            writers.push(Arc::downgrade(&writer));
            writer
        })
    }

    /// Returns the number for a new call that is recorded.
    pub(super) fn next(&self) -> u64 {
        self.started.fetch_add(1, Ordering::Relaxed)
    }

    /// Sends a note to the thread. Waits if too many notes are waiting for the thread.
    pub(super) async fn note(&self, note: Note) {
        let Some(notes) = self.notes() else { return };
        let Err(TrySendError::Full(note)) = notes.try_send(note) else { return };
        match Handle::try_current() {
            Ok(runtime) => {
                let notes = notes.clone();
                let _ = runtime.spawn_blocking(move || notes.send(note)).await;
            }
            Err(_) => _ = notes.send(note),
        }
    }

    /// Sends the note that ends a call to the thread. The thread writes it even if the caller does
    /// not wait for that.
    pub(super) fn note_end(&self, note: Note) {
        if let Some(notes) = self.notes() {
            let _ = notes.send(note);
        }
    }

    fn notes(&self) -> Option<&SyncSender<Note>> {
        let start = || {
            let (sender, receiver) = mpsc::sync_channel(WAITING);
            let folder = self.folder.clone();
            let thread = thread::Builder::new().name("runnable-record".to_owned());
            match thread.spawn(move || write(&folder, &receiver)) {
                Ok(_) => Some(sender),
                Err(error) => {
                    warn(&self.folder, &error);
                    None
                }
            }
        };
        self.notes.get_or_init(start).as_ref()
    }
}

/// Writes all notes that arrive, until the last client is dropped.
fn write(folder: &Path, notes: &Receiver<Note>) {
    let mut shelf = Shelf::new(folder);
    let mut open: HashMap<u64, OpenCase> = HashMap::new();
    for note in notes {
        let done = match note {
            Note::Begin(call, sent) => {
                OpenCase::begin(&mut shelf, &sent).map(|case| _ = open.insert(call, case))
            }
            Note::Head(call, head) => {
                if let Some(case) = open.get_mut(&call) {
                    case.answered(&head);
                }
                Ok(())
            }
            Note::Piece(call, bytes) => match open.get_mut(&call) {
                Some(case) => case.write(&bytes),
                None => Ok(()),
            },
            Note::End(call, head, _written) => match open.remove(&call) {
                Some(case) => case.end(&mut shelf, &head),
                None => Ok(()),
            },
        };
        if let Err(error) = done {
            warn(folder, &error);
        }
    }
}

/// Logs that a recording has failed, because such a failure must not make the call fail.
fn warn(folder: &Path, error: &io::Error) {
    tracing::warn!(folder = %folder.display(), %error, "cannot record a response");
}

/// Marks a recording as done when it is dropped, whether it was written or failed.
pub(super) struct Written(Arc<Done>);

/// Whether a recording is done, which other threads and tasks can wait for.
#[derive(Default)]
pub(super) struct Done {
    done: Mutex<bool>,
    changed: Condvar,
}

impl Done {
    pub(super) fn new() -> (Arc<Self>, Written) {
        let done = Arc::new(Self::default());
        (Arc::clone(&done), Written(done))
    }

    /// Blocks the thread until the recording is done.
    pub(super) fn wait(&self) {
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        while !*done {
            done = self.changed.wait(done).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits until the recording is done, without blocking the runtime.
    pub(super) async fn written(self: Arc<Self>) {
        match Handle::try_current() {
            Ok(runtime) => _ = runtime.spawn_blocking(move || self.wait()).await,
            Err(_) => self.wait(),
        }
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        *self.0.done.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.changed.notify_all();
    }
}
