//! [`RedbJournal`]: a journal in a file.

use std::{
    fmt, fs, io,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use futures_core::future::BoxFuture;
use futures_util::{FutureExt, future::ready};
use redb::{Builder, Database};
use runnable_core::Result;

use super::{
    folder::{Folder, Manifest},
    job_journal::Journal,
    journal_change::JournalChange,
    journal_key::{JournalKey, JournalPart},
    redb_error::guarded,
    redb_handle::Handle,
    redb_tables,
    redb_writer::Writer,
};

/// The number of bytes of the file that are kept in memory.
const CACHE: usize = 64 << 20;

/// A journal in a file, in the database [redb](https://docs.rs/redb).
///
/// [`Job::new`](crate::Job::new) uses it. The folder contains `job.json`, which says that the job
/// has begun, the database `journal.redb`, and the file `lock`. One process can use a folder at a
/// time. The journal contains inputs and results as plain text.
///
/// A thread writes the file. Changes that arrive while the disk is busy are written together. If
/// the journal is dropped, it waits until everything is written.
///
/// # After a crash
///
/// The file contains every change whose `write` had completed. If `job.json` exists but the
/// database is missing, empty, truncated or of another job, [`open`](Self::open) returns an error:
/// a job never begins anew silently. If the database had to be repaired,
/// [`was_repaired`](Journal::was_repaired) returns `true`.
pub struct RedbJournal {
    // The writer is declared before the database, because it must end first.
    writer: Writer,
    database: Handle,
    /// Whether the database was repaired when it was opened.
    repaired: bool,
    /// Unlocked after the database is closed. `None` for a database that the program has opened.
    _folder: Option<Folder>,
}

impl RedbJournal {
    /// Opens the journal in a folder. Creates both if they are missing.
    ///
    /// It waits for the disk. After a crash, it can take some time to repair a large file.
    ///
    /// # Errors
    ///
    /// Returns an error if the folder is used by another process, if its journal is damaged, or if
    /// the disk fails.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_jobs::journal::RedbJournal;
    ///
    /// # fn main() -> runnable_core::Result<()> {
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("tickets");
    /// let journal = RedbJournal::open(&path)?;
    /// assert!(RedbJournal::open(&path).is_err(), "the folder is in use");
    /// # Ok(())
    /// # }
    /// ```
    pub fn open(folder: impl AsRef<Path>) -> Result<Self> {
        let folder = Folder::open(folder.as_ref())?;
        match folder.manifest()? {
            Some(manifest) => Self::reopen(folder, &manifest),
            None => Self::begin(folder),
        }
    }

    /// Opens the journal of a job that has begun.
    ///
    /// # Errors
    ///
    /// Returns an error if the folder does not contain a job, and for the reasons of
    /// [`open`](Self::open).
    pub fn open_existing(folder: impl AsRef<Path>) -> Result<Self> {
        let folder = Folder::open_existing(folder.as_ref())?;
        match folder.manifest()? {
            Some(manifest) => Self::reopen(folder, &manifest),
            None => Err(folder.damaged("the file `job.json` is missing")),
        }
    }

    /// Uses a database that your program has opened, such as one with a custom backend.
    ///
    /// The journal uses a table for each part, with the name of the part.
    ///
    /// # Errors
    ///
    /// Returns an error if the thread that writes cannot be started.
    pub fn with_database(database: Database) -> Result<Self> {
        Self::start(Handle::new(database), false, None)
    }

    fn start(database: Handle, repaired: bool, folder: Option<Folder>) -> Result<Self> {
        let writer = Writer::start(database.clone())?;
        Ok(Self { writer, database, repaired, _folder: folder })
    }

    /// Opens the journal of a job that has begun.
    fn reopen(folder: Folder, manifest: &Manifest) -> Result<Self> {
        let path = folder.journal();
        match fs::metadata(&path) {
            Ok(file) if file.len() == 0 => return Err(folder.damaged("the file is empty")),
            Ok(_) => {}
            Err(error) => return Err(folder.damaged(error)),
        }
        let (database, repaired) = open_file(&path)?;
        let job = guarded("read", || redb_tables::read(&database, &[id_key()]));
        let job = job?.remove(0);
        match job {
            Some(job) if job == manifest.job.as_bytes() => {
                Self::start(database, repaired, Some(folder))
            }
            Some(_) => Err(folder.damaged("it belongs to another job")),
            None => Err(folder.damaged("it does not contain the job")),
        }
    }

    /// Creates the journal, and then the file that says that the job has begun.
    fn begin(folder: Folder) -> Result<Self> {
        let manifest = Manifest::new();
        let path = folder.journal();
        if path.exists() {
            // The program was killed before it wrote the manifest, so nothing has started. But the
            // manifest could also have been deleted, so make sure.
            return Self::adopt(folder);
        }
        // A database that is being created has another name, so that a crash cannot leave a part of
        // a database under the final name.
        let new = folder.new_journal();
        remove(&new).map_err(|error| folder.not_begun(&error).with_source(error))?;
        guarded("create", || {
            let database = builder().create(&new).map_err(redb::Error::from)?;
            let write = database.begin_write()?;
            let id = JournalChange::put(id_key(), manifest.job.as_bytes());
            redb_tables::change(&write, [&id])?;
            write.commit()?;
            Ok(database.close()?)
        })?;
        let renamed = fs::rename(&new, &path);
        renamed.map_err(|error| folder.not_begun(&error).with_source(error))?;
        folder.write_manifest(&manifest)?;
        Self::reopen(folder, &manifest)
    }

    fn adopt(folder: Folder) -> Result<Self> {
        let (database, _) = open_file(&folder.journal())?;
        let (job, items) = guarded("read", || {
            let job = redb_tables::read(&database, &[id_key()])?.remove(0);
            Ok((job, redb_tables::scan(&database, JournalPart::Order, None, 1)?))
        })?;
        let Some(job) = job.and_then(|job| String::from_utf8(job).ok()) else {
            return Err(folder.damaged("it does not contain the job"));
        };
        if !items.is_empty() {
            return Err(folder.damaged("it contains items, but the file `job.json` is missing"));
        }
        drop(database);
        let manifest = Manifest { job, ..Manifest::new() };
        folder.write_manifest(&manifest)?;
        Self::reopen(folder, &manifest)
    }
}

/// Returns the key of the id of the job.
fn id_key() -> JournalKey {
    JournalKey::new(JournalPart::Job, "id")
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder.set_cache_size(CACHE);
    builder
}

/// Opens a database, and returns whether it had to be repaired.
fn open_file(path: &Path) -> Result<(Handle, bool)> {
    let repaired = Arc::new(AtomicBool::new(false));
    let reported = Arc::clone(&repaired);
    let database = guarded("open", || {
        let mut builder = builder();
        builder.set_repair_callback(move |_| reported.store(true, Ordering::Relaxed));
        Ok(Handle::new(builder.open(path)?))
    })?;
    Ok((database, repaired.load(Ordering::Relaxed)))
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

impl Journal for RedbJournal {
    fn read(&self, keys: Vec<JournalKey>) -> BoxFuture<'static, Result<Vec<Option<Vec<u8>>>>> {
        ready(guarded("read", || redb_tables::read(&self.database, &keys))).boxed()
    }

    fn write(&self, changes: Vec<JournalChange>) -> BoxFuture<'static, Result<()>> {
        self.writer.write(changes)
    }

    fn scan(
        &self,
        part: JournalPart,
        after: Option<String>,
        limit: usize,
    ) -> BoxFuture<'static, Result<Vec<(String, Vec<u8>)>>> {
        let scan = || redb_tables::scan(&self.database, part, after.as_deref(), limit);
        ready(guarded("read", scan)).boxed()
    }

    fn was_repaired(&self) -> bool {
        self.repaired
    }
}

impl fmt::Debug for RedbJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedbJournal").field("repaired", &self.repaired).finish_non_exhaustive()
    }
}
