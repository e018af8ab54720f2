//! [`AtomicFile`]: a file that replaces another file in one step.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use runnable_core::{Error, ErrorKind, Result};

/// A file that appears in its place only when it is complete.
///
/// It is written under a temporary name in the same folder. [`commit`](Self::commit) waits until
/// the content is on the disk and then replaces the previous file in one step. A crash therefore
/// leaves the previous file or the new file, and never a part. Dropping it without a commit removes
/// the temporary file.
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
    temporary: PathBuf,
    /// `None` after a commit.
    file: Option<BufWriter<File>>,
}

impl AtomicFile {
    /// Creates the temporary file. An old temporary file, of a process that was killed, is replaced.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be created, for example because its folder is missing.
    pub fn create(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        let mut name = path.file_name().map(OsString::from).unwrap_or_default();
        name.push(".partial");
        let temporary = path.with_file_name(name);
        let file = File::create(&temporary).map_err(|error| failed("create", &path, error))?;
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
            file.sync_all()?;
            drop(file);
            fs::rename(&self.temporary, &self.path)
        })();
        written.map_err(|error| {
            _ = fs::remove_file(&self.temporary);
            failed("write", &self.path, error)
        })?;
        sync_folder(&self.path);
        Ok(())
    }

    fn file(&mut self) -> io::Result<&mut BufWriter<File>> {
        self.file.as_mut().ok_or_else(|| io::Error::other("the file is already committed"))
    }
}

/// Waits until the new name is on the disk. Without it, the previous file can reappear after a loss
/// of power, which is not an error: the next run writes the file again.
fn sync_folder(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Ok(folder) = File::open(folder.unwrap_or(Path::new("."))) {
        _ = folder.sync_all();
    }
}

fn failed(action: &str, path: &Path, error: io::Error) -> Error {
    let message = format!("failed to {action} the output `{}`: {error}", path.display());
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
        if self.file.take().is_some() {
            _ = fs::remove_file(&self.temporary);
        }
    }
}
