//! Writes recordings on a thread of its own.

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

use super::{case::Head, open_case::OpenCase, recorded_request::Asking, shelf::Shelf};

/// How many notes wait for the thread at most. A call that is recorded waits for the disk beyond
/// that, so that a long answer is not held in memory.
const WAITING: usize = 32;

/// Writes the recordings of one folder on a thread of its own, which begins with the first of them
/// and ends with the last client that records there.
///
/// A thread, rather than a task of the runtime: what was noted is written though the runtime shuts
/// down.
pub(super) struct Writer {
    folder: PathBuf,
    /// `None` if the thread cannot be started.
    notes: OnceLock<Option<SyncSender<Note>>>,
    begun: AtomicU64,
}

/// What happens to a call that is recorded.
pub(super) enum Note {
    Begin(u64, Box<Asking>),
    /// The answer has begun.
    Head(u64, Box<Head>),
    Piece(u64, Bytes),
    End(u64, Box<Head>, Written),
}

/// The writers of all folders: the clients of a program may share one, and its numbers.
static WRITERS: Mutex<Vec<Weak<Writer>>> = Mutex::new(Vec::new());

impl Writer {
    /// The writer of this folder.
    pub(super) fn of(folder: &Path) -> Arc<Self> {
        let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        let mut writers = WRITERS.lock().unwrap_or_else(PoisonError::into_inner);
        writers.retain(|writer| writer.strong_count() > 0);
        let known = writers.iter().filter_map(Weak::upgrade).find(|it| it.folder == folder);
        known.unwrap_or_else(|| {
            let writer =
                Arc::new(Self { folder, notes: OnceLock::new(), begun: AtomicU64::new(0) });
            writers.push(Arc::downgrade(&writer));
            writer
        })
    }

    /// A number for a call that begins.
    pub(super) fn next(&self) -> u64 {
        self.begun.fetch_add(1, Ordering::Relaxed)
    }

    /// Notes something, and waits while the thread is far behind.
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

    /// Notes the end of a call: it is not lost, even if nobody waits for it.
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

/// Writes what is noted, until no client is left.
fn write(folder: &Path, notes: &Receiver<Note>) {
    let mut shelf = Shelf::new(folder);
    let mut open: HashMap<u64, OpenCase> = HashMap::new();
    for note in notes {
        let done = match note {
            Note::Begin(call, asking) => {
                OpenCase::begin(&mut shelf, &asking).map(|case| _ = open.insert(call, case))
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

/// A recording that fails is not a reason for the call to fail.
fn warn(folder: &Path, error: &io::Error) {
    tracing::warn!(folder = %folder.display(), %error, "cannot record an answer");
}

/// Says, when it is dropped, that a recording is written, or that it never will be.
pub(super) struct Written(Arc<Done>);

/// Whether a recording is written.
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

    /// Blocks the thread until then.
    pub(super) fn wait(&self) {
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        while !*done {
            done = self.changed.wait(done).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits until then without blocking the runtime, if there is one.
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
