//! The thread that writes the file of a [`RedbStore`](super::RedbStore).

use std::sync::{
    Arc,
    mpsc::{Receiver, Sender, channel},
};

use redb::Database;
use runnable_core::{Error, ErrorKind, Result};
use tokio::sync::oneshot;

use super::redb_tables::{clear, failed, update};
use crate::{CacheKey, CachedAnswer};

/// The maximum number of changes that are written together.
const MOST_CHANGES: usize = 256;

/// A change of the file, and where the writer reports that the change is on the disk.
pub(super) struct Change {
    pub(super) kind: ChangeKind,
    pub(super) done: oneshot::Sender<Result<()>>,
}

pub(super) enum ChangeKind {
    Update(CacheKey, Arc<CachedAnswer>),
    Clear,
}

/// Starts the thread. It ends when the returned sender is dropped and all changes are written.
///
/// Writing waits for the disk, so it must not happen in a thread of the async runtime. Changes that
/// arrive while the disk is busy are written together.
pub(super) fn start(
    database: Arc<Database>,
    max_bytes: u64,
) -> Result<(Sender<Change>, std::thread::JoinHandle<()>)> {
    let (sender, changes) = channel();
    let thread = std::thread::Builder::new()
        .name("runnable-cache".into())
        .spawn(move || write_all(&database, &changes, max_bytes))
        .map_err(|error| Error::wrap(ErrorKind::Other, error))?;
    Ok((sender, thread))
}

fn write_all(database: &Database, changes: &Receiver<Change>, max_bytes: u64) {
    while let Ok(first) = changes.recv() {
        let batch: Vec<_> = std::iter::once(first)
            .chain(std::iter::from_fn(|| changes.try_recv().ok()).take(MOST_CHANGES - 1))
            .collect();
        let result = write(database, &batch, max_bytes);
        for change in batch {
            // The call may have been dropped. The answer is stored anyway.
            _ = change.done.send(result.clone());
        }
    }
}

/// Writes changes in one transaction: either all of them or none are in the file.
fn write(database: &Database, batch: &[Change], max_bytes: u64) -> Result<()> {
    let write = database.begin_write().map_err(failed)?;
    for change in batch {
        match &change.kind {
            ChangeKind::Update(key, answer) => update(&write, key, answer, max_bytes)?,
            ChangeKind::Clear => clear(&write)?,
        }
    }
    write.commit().map_err(failed)
}
