//! The thread that writes the file of a [`RedbJournal`](super::RedbJournal).

use std::{
    sync::{
        Mutex, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
    thread::JoinHandle,
};

use futures_core::future::BoxFuture;
use futures_util::FutureExt;
use runnable_core::{Error, ErrorKind, Result};
use tokio::sync::oneshot;

use super::{journal_change::JournalChange, redb_error::guarded, redb_handle::Handle, redb_tables};

/// The maximum number of calls whose changes are written together.
const MOST_CALLS: usize = 4_096;

/// The changes of a call, and where the writer reports that they are on the disk.
struct Call {
    changes: Vec<JournalChange>,
    done: oneshot::Sender<Result<()>>,
}

/// The thread that writes. It ends when this value is dropped, after it has written everything.
///
/// Writing waits for the disk, so it must not happen in a thread of the async runtime. Calls that
/// arrive while the disk is busy are written together.
pub(super) struct Writer {
    /// In a lock, because a sender of the standard library is slow to share between threads. `None`
    /// after the writer was dropped.
    calls: Mutex<Option<Sender<Call>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(database: Handle) -> Result<Self> {
        let (sender, calls) = channel();
        let thread = std::thread::Builder::new()
            .name("runnable-jobs".into())
            .spawn(move || write_all(&database, &calls))
            .map_err(|error| Error::wrap(ErrorKind::Other, error))?;
        Ok(Self { calls: Mutex::new(Some(sender)), thread: Some(thread) })
    }

    pub(super) fn write(&self, changes: Vec<JournalChange>) -> BoxFuture<'static, Result<()>> {
        let (done, written) = oneshot::channel();
        if let Some(calls) = &*self.calls.lock().unwrap_or_else(PoisonError::into_inner) {
            // If the thread has stopped, the sender in the call is dropped, and the future below
            // returns an error.
            _ = calls.send(Call { changes, done });
        }
        async move {
            written.await.unwrap_or_else(|_| {
                let message = "the thread that writes the journal of the job has stopped";
                Err(Error::new(ErrorKind::Other, message))
            })
        }
        .boxed()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = self.thread.take() {
            // The thread reports its errors to the calls, so there is nothing to report here.
            _ = thread.join();
        }
    }
}

fn write_all(database: &Handle, calls: &Receiver<Call>) {
    // After an error, it is unknown which changes are in the file. Later changes must not be
    // written without them, because changes take effect in order.
    let mut broken: Option<Error> = None;
    while let Ok(first) = calls.recv() {
        let more = std::iter::from_fn(|| calls.try_recv().ok()).take(MOST_CALLS - 1);
        let calls: Vec<_> = std::iter::once(first).chain(more).collect();
        let result = match &broken {
            Some(error) => Err(error.clone()),
            None => write(database, &calls),
        };
        broken = result.as_ref().err().cloned();
        for call in calls {
            // The call may have been dropped. The changes are made anyway.
            _ = call.done.send(result.clone());
        }
    }
}

/// Writes changes in one transaction: either all of them or none are in the file.
fn write(database: &Handle, calls: &[Call]) -> Result<()> {
    guarded("write", || {
        let mut write = database.get()?.begin_write()?;
        // Otherwise, opening after a crash would read the whole file. It costs a tenth of the rate.
        write.set_quick_repair(true);
        redb_tables::change(&write, calls.iter().flat_map(|call| &call.changes))?;
        Ok(write.commit()?)
    })
}
