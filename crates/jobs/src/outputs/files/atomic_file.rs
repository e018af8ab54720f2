//! [`AtomicFile`]: a file that replaces another file in one step.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use runnable_core::{Error, ErrorKind, Result};
use serde::Serialize;

/// A file that appears in its place only when it is complete.
///
/// It is written under a temporary name in the same folder, which ends in `.partial`.
/// [`commit`](Self::commit) waits until the content is on the disk and then replaces the previous
/// file in one step. A crash therefore leaves the previous file or the new file, and never a part.
/// Dropping it without a commit removes the temporary file. The temporary file of a process that was
/// killed is replaced by the next one.
///
/// If the path is a link, the file that it points to is replaced. If the path is not a file but, for
/// example, `/dev/stdout` or a pipe, the content is written to it directly.
///
/// Writing is buffered.
///
/// # Examples
///
/// ```
/// use std::io::Write;
/// use runnable_jobs::outputs::AtomicFile;
///
/// # fn main() -> runnable_core::Result<()> {
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("results.txt");
/// let mut file = AtomicFile::create(&path)?;
/// file.write_all(b"one\n")?;
/// assert!(!path.exists());
///
/// file.commit()?;
/// assert_eq!(std::fs::read_to_string(&path)?, "one\n");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct AtomicFile {
    path: PathBuf,
    /// `None` if the content is written to the path directly.
    temporary: Option<PathBuf>,
    /// `None` after a commit.
    file: Option<BufWriter<File>>,
}

impl AtomicFile {
    /// Creates the temporary file.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be created, for example because its folder is missing, or
    /// if another process is writing the same file.
    pub fn create(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        let (path, temporary, file) =
            create(&path).map_err(|error| failed("create", &path, error))?;
        Ok(Self { path, temporary, file: Some(BufWriter::with_capacity(1 << 16, file)) })
    }

    /// Returns the path at which the file appears.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Waits until the content is on the disk, and replaces the previous file.
    ///
    /// # Errors
    ///
    /// Returns an error if the content cannot be written. The previous file then stays.
    pub fn commit(mut self) -> Result<()> {
        let Some(file) = self.file.take() else { return Ok(()) };
        let written = (|| {
            let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
            let Some(temporary) = &self.temporary else { return Ok(()) };
            file.sync_all()?;
            // The file stays open until it has its name, because its lock tells other processes that
            // the temporary name is in use.
            fs::rename(temporary, &self.path)
        })();
        if let Err(error) = written {
            self.remove();
            return Err(self.failed(error));
        }
        if self.temporary.is_some() {
            sync_folder(&self.path);
        }
        Ok(())
    }

    /// Writes a value as a line of JSON.
    pub(crate) fn write_json_line(&mut self, value: &impl Serialize) -> Result<()> {
        let written = serde_json::to_writer(&mut *self, value).map_err(io::Error::from);
        let written = written.and_then(|()| self.write_all(b"\n"));
        written.map_err(|error| self.failed(error))
    }

    /// Returns the error for content that cannot be written.
    pub(crate) fn failed(&self, error: io::Error) -> Error {
        write_failed(&self.path, error)
    }

    /// Creates a second temporary file, which has no name and is removed when it is closed.
    pub(super) fn create_nameless(&self) -> Result<File> {
        let file = match (&self.temporary, self.path.parent()) {
            // The folder of a device is no place for a file.
            (None, _) => tempfile::tempfile(),
            (_, Some(folder)) if !folder.as_os_str().is_empty() => tempfile::tempfile_in(folder),
            _ => tempfile::tempfile_in("."),
        };
        file.map_err(|error| self.failed(error))
    }

    fn remove(&self) {
        if let Some(temporary) = &self.temporary {
            _ = fs::remove_file(temporary);
        }
    }

    fn file(&mut self) -> io::Result<&mut BufWriter<File>> {
        self.file.as_mut().ok_or_else(|| io::Error::other("the file is already committed"))
    }
}

/// Returns the path of the final file, the path of the temporary file, and the temporary file.
fn create(path: &Path) -> io::Result<(PathBuf, Option<PathBuf>, File)> {
    let previous = fs::metadata(path).ok();
    let path = match &previous {
        Some(previous) if !previous.is_file() => {
            let file = OpenOptions::new().write(true).open(path)?;
            return Ok((path.to_owned(), None, file));
        }
        // A link stays a link.
        Some(_) => fs::canonicalize(path)?,
        None => path.to_owned(),
    };
    let mut name = path.file_name().map(OsString::from).unwrap_or_default();
    name.push(".partial");
    let temporary = path.with_file_name(name);
    let file = create_locked(&temporary)?;
    if let Some(previous) = previous {
        file.set_permissions(previous.permissions())?;
    }
    Ok((path, Some(temporary), file))
}

/// Creates an empty file that no other process writes.
fn create_locked(path: &Path) -> io::Result<File> {
    loop {
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(io::Error::new(
                    io::ErrorKind::ResourceBusy,
                    "another process or another output is writing it",
                ));
            }
            // Not every file system has locks.
            Err(TryLockError::Error(_)) => {}
        }
        // The previous process may have given the file its final name before it was locked here.
        if is_same_file(&file, path)? {
            file.set_len(0)?;
            return Ok(file);
        }
    }
}

#[cfg(unix)]
fn is_same_file(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;

    let file = file.metadata()?;
    match fs::metadata(path) {
        Ok(named) => Ok((named.dev(), named.ino()) == (file.dev(), file.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// An open file cannot get another name on these systems.
#[cfg(not(unix))]
fn is_same_file(_: &File, _: &Path) -> io::Result<bool> {
    Ok(true)
}

/// Waits until the new name is on the disk. Without it, the previous file can reappear after a loss
/// of power, which is not an error: the next run writes the file again.
fn sync_folder(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Ok(folder) = File::open(folder.unwrap_or(Path::new("."))) {
        _ = folder.sync_all();
    }
}

/// Returns the error for an output that cannot be written.
pub(in crate::outputs) fn write_failed(path: &Path, error: io::Error) -> Error {
    failed("write", path, error)
}

fn failed(action: &str, path: &Path, error: io::Error) -> Error {
    let mut message = format!("failed to {action} the output `{}`: {error}", path.display());
    match error.kind() {
        io::ErrorKind::StorageFull => {
            message +=
                "; the previous output is unchanged; free space on the disk, and export again";
        }
        // The name of a file that is written always has a folder, so the folder is missing.
        io::ErrorKind::NotFound => message += "; create its folder first",
        _ => {}
    }
    Error::new(ErrorKind::Other, message).with_source(error)
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file()?.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file()?.flush()
    }
}

/// Removes the temporary file, unless the file was committed.
impl Drop for AtomicFile {
    fn drop(&mut self) {
        if let Some(file) = self.file.take() {
            // Without another attempt to write the buffer.
            _ = file.into_parts();
            self.remove();
        }
    }
}
