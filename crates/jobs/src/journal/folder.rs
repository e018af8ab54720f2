//! [`Folder`]: the folder of a job, which one process uses at a time.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
};

use runnable_core::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::outputs::AtomicFile;

/// The folder of a job. Dropping it allows other processes to use the folder.
pub(super) struct Folder {
    path: PathBuf,
    /// The file is locked as long as it is open.
    _lock: File,
}

/// The content of the file that says that a job has begun.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// The version of the format of the journal.
    pub(super) version: u32,
    /// The id of the job, which is also in the journal. So a journal of another job is noticed.
    pub(super) job: String,
}

/// The version of the format that this version of the crate writes.
const VERSION: u32 = 1;

impl Manifest {
    pub(super) fn new() -> Self {
        Self { version: VERSION, job: Uuid::now_v7().to_string() }
    }
}

impl Folder {
    /// Creates the folder if it is missing, and locks it.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let failed = |error: io::Error| failed("open", path, error);
        if path.is_file() {
            let message =
                format!("invalid folder `{}`: expected a folder, found a file", path.display());
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        fs::create_dir_all(path).map_err(failed)?;
        Self::lock(path)
    }

    /// Locks the folder of a job that has begun.
    pub(super) fn open_existing(path: &Path) -> Result<Self> {
        if !path.join("job.json").exists() {
            let message = format!(
                "missing job in `{}`: expected the folder of a job that has begun; check the path",
                path.display()
            );
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        Self::lock(path)
    }

    fn lock(path: &Path) -> Result<Self> {
        let failed = |error: io::Error| failed("open", path, error);
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join("lock"))
            .map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => {
                let message = format!(
                    "the folder `{}` is used by another process, or by another job or queue of this \
                     process; wait until it has ended, or use another folder",
                    path.display()
                );
                Err(Error::new(ErrorKind::Other, message))
            }
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    pub(super) fn journal(&self) -> PathBuf {
        self.path.join("journal.redb")
    }

    /// Returns the name of a journal that is being created.
    pub(super) fn new_journal(&self) -> PathBuf {
        self.path.join("journal.redb.new")
    }

    /// Reads the manifest. Returns `None` if the job has not begun.
    pub(super) fn manifest(&self) -> Result<Option<Manifest>> {
        let path = self.path.join("job.json");
        let json = match fs::read(&path) {
            Ok(json) => json,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed("read", &path, error)),
        };
        let manifest: Manifest = serde_json::from_slice(&json).map_err(|error| {
            let path = path.display();
            let message = format!(
                "invalid file `{path}` of a job: {error}; restore the folder of the job from a copy"
            );
            Error::new(ErrorKind::Other, message).with_source(error)
        })?;
        if manifest.version != VERSION {
            let message = format!(
                "unsupported version {} of the job in `{}`: expected {VERSION}; use the version of \
                 this library that began the job",
                manifest.version,
                self.path.display()
            );
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        Ok(Some(manifest))
    }

    pub(super) fn write_manifest(&self, manifest: &Manifest) -> Result<()> {
        let json = serde_json::to_vec(manifest).map_err(Error::other)?;
        let written = AtomicFile::create(self.path.join("job.json")).and_then(|mut file| {
            file.write_all(&json)?;
            file.commit()
        });
        // The error of a file names an output, and this file is none.
        written.map_err(|error| match error.downcast_ref::<io::Error>() {
            Some(reason) => self.not_begun(reason).with_source(error),
            None => error,
        })
    }

    /// Returns the error for a job that cannot begin because of its disk.
    pub(super) fn not_begun(&self, error: &io::Error) -> Error {
        let message = format!(
            "failed to begin the job in `{}`: {error}; check the disk and run the job again",
            self.path.display()
        );
        Error::new(ErrorKind::Other, message)
    }

    /// Returns the error for a job that has begun and whose journal is missing or damaged.
    pub(super) fn damaged(&self, found: impl std::fmt::Display) -> Error {
        let message = format!(
            "damaged journal `{}`: {found}; restore the folder from a copy, or delete it to begin \
             the job anew",
            self.journal().display()
        );
        Error::new(ErrorKind::Other, message)
    }
}

fn failed(action: &str, path: &Path, error: io::Error) -> Error {
    let message = format!("failed to {action} `{}`: {error}", path.display());
    Error::new(ErrorKind::Other, message).with_source(error)
}
