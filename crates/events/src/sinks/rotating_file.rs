//! [`RotatingFile`]: a file to which a recorder appends, and the files that continue it.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use crate::record::{last_number_of, numbered};

/// A file to which a recorder appends. If the file is full, a new file with a number in its name
/// continues it. Existing content is never changed.
pub(super) struct RotatingFile {
    file: File,
    /// The name of the first file.
    base: PathBuf,
    /// The number in the name of the current file. It is 0 for the first file.
    number: u32,
    /// The size of the current file in bytes.
    size: u64,
    /// The size in bytes at which a file is full. `None` if the file does not rotate.
    limit: Option<u64>,
}

/// A file that was opened, and what it contains.
pub(super) struct Opened {
    pub(super) file: RotatingFile,
    pub(super) path: PathBuf,
    /// Whether the last line of the file is not complete.
    pub(super) is_cut: bool,
}

impl RotatingFile {
    /// Opens a file, and creates it if it does not exist. If the file is full, creates its
    /// successor.
    pub(super) fn open(base: PathBuf, limit: Option<u64>) -> io::Result<Opened> {
        let file = OpenOptions::new().append(true).create(true).open(&base)?;
        let metadata = file.metadata()?;
        // A pipe or a device has no earlier content to examine.
        let size = if metadata.is_file() { metadata.len() } else { 0 };
        let is_cut = size > 0 && last_byte(&base)? != b'\n';
        let path = base.clone();
        let mut file = Self { file, base, number: 0, size, limit };
        if file.size > 0 && file.is_full(0) {
            let path = file.rotate()?;
            return Ok(Opened { file, path, is_cut: false });
        }
        Ok(Opened { file, path, is_cut })
    }

    /// Returns whether the file is full if `more` bytes are added to it.
    pub(super) fn is_full(&self, more: usize) -> bool {
        let size = self.size.saturating_add(u64::try_from(more).unwrap_or(u64::MAX));
        self.limit.is_some_and(|limit| size >= limit)
    }

    /// Creates the next file, and returns its name. Its number is higher than the number of every
    /// existing file.
    pub(super) fn rotate(&mut self) -> io::Result<PathBuf> {
        let mut number = last_number_of(&self.base)?.max(self.number);
        loop {
            number = number.checked_add(1).ok_or(io::ErrorKind::QuotaExceeded)?;
            let path = numbered(&self.base, number);
            // Another program can create the file at the same time.
            match OpenOptions::new().append(true).create_new(true).open(&path) {
                Ok(file) => {
                    (self.file, self.number, self.size) = (file, number, 0);
                    return Ok(path);
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Lets the current file grow without a limit, because the next file could not be created.
    pub(super) fn stop_rotating(&mut self) {
        self.limit = None;
    }
}

impl Write for RotatingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.size = self.size.saturating_add(u64::try_from(written).unwrap_or(u64::MAX));
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn last_byte(path: &Path) -> io::Result<u8> {
    let mut file = File::open(path)?;
    let mut byte = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut byte)?;
    Ok(byte[0])
}
