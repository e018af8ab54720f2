//! The thread that reads and writes the file of a [`RedbStore`](super::RedbStore).

use std::{
    sync::mpsc::{Receiver, Sender, channel},
    thread::{Builder, JoinHandle},
};

use redb::Database;
use runnable_core::{BoxError, Error, ErrorKind, Result};

use super::{
    redb_error::failed,
    redb_tables::{Change, Refused},
};

/// The maximum number of changes that are written together.
const MOST_CHANGES: usize = 256;

/// The work of the thread. It is done in the order in which it was sent.
pub(super) enum Job {
    Read(Box<dyn FnOnce(&Database) + Send>),
    Write(Write),
}

/// A change of a conversation, and how its caller learns of the result.
pub(super) struct Write {
    pub(super) key: String,
    pub(super) change: Change,
    pub(super) done: Box<dyn FnOnce(Result<()>) + Send>,
}

/// Starts the thread. It ends when the returned sender is dropped and all work is done.
///
/// Reading and writing wait for the disk, so they must not happen in a thread of the async runtime.
/// One thread does both, so that a load sees every change that was sent before it, also a change
/// whose call was dropped. Changes that arrive while the disk is busy are written together.
pub(super) fn start(database: Database) -> Result<(Sender<Job>, JoinHandle<()>)> {
    let (sender, jobs) = channel();
    let thread = Builder::new()
        .name("runnable-conversations".into())
        .spawn(move || work(&database, &jobs))
        .map_err(|error| Error::wrap(ErrorKind::Other, error))?;
    Ok((sender, thread))
}

fn work(database: &Database, jobs: &Receiver<Job>) {
    let mut next: Option<Job> = None;
    while let Some(job) = next.take().or_else(|| jobs.recv().ok()) {
        match job {
            Job::Read(read) => read(database),
            Job::Write(first) => {
                let mut batch = vec![first];
                while batch.len() < MOST_CHANGES {
                    match jobs.try_recv() {
                        Ok(Job::Write(write)) => batch.push(write),
                        other => {
                            next = other.ok();
                            break;
                        }
                    }
                }
                write(database, batch);
            }
        }
    }
}

/// Makes changes in one transaction, and reports the results. A change that is refused does not
/// affect the others.
fn write(database: &Database, batch: Vec<Write>) {
    let (results, error) = match try_write(database, &batch) {
        Ok(results) => (results, None),
        Err(error) => {
            let message = error.to_string();
            (Vec::new(), Some(Error::new(ErrorKind::Other, message).with_source(error)))
        }
    };
    let mut results = results.into_iter();
    for Write { key, change, done } in batch {
        let reason: Option<BoxError> = match (&error, results.next()) {
            (Some(error), _) => Some(error.clone().into()),
            (None, Some(Err(Refused(reason)))) => Some(reason.into()),
            (None, _) => None,
        };
        // The call may have been dropped. The change was made anyway.
        done(reason.map_or(Ok(()), |reason| Err(failed(change.action(), &key, reason))));
    }
}

fn try_write(database: &Database, batch: &[Write]) -> Result<Vec<Result<(), Refused>>, BoxError> {
    let transaction = database.begin_write()?;
    let results = batch.iter().map(|write| write.change.apply(&write.key, &transaction));
    let results = results.collect::<Result<Vec<_>, BoxError>>()?;
    // A transaction that is not committed changes nothing.
    if results.iter().any(Result::is_ok) {
        transaction.commit()?;
    }
    Ok(results)
}
