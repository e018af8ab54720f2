//! [`Destination`]: the writer or the file to which a recorder writes. Panics of a writer are
//! caught.

use std::{
    io::{self, Write},
    panic::{self, AssertUnwindSafe},
    path::PathBuf,
};

use super::rotating_file::RotatingFile;

/// A writer or a file.
pub(super) enum Destination {
    Writer(Box<dyn Write + Send>),
    File(RotatingFile),
}

impl Destination {
    /// Writes all bytes. Returns how many bytes were written, and the error because of which the
    /// rest was not written.
    pub(super) fn write(&mut self, bytes: &[u8]) -> (usize, io::Result<()>) {
        let mut written = 0;
        while let Some(rest @ [_, ..]) = bytes.get(written..) {
            match guarded(|| self.writer().write(rest)) {
                Ok(0) => return (written, Err(io::ErrorKind::WriteZero.into())),
                Ok(count) => written = written.saturating_add(count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return (written, Err(error)),
            }
        }
        // A faulty writer can return a number that is larger than the length of the buffer.
        (written.min(bytes.len()), Ok(()))
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        guarded(|| self.writer().flush())
    }

    /// Returns whether the file is full if `more` bytes are added to it. A writer is never full.
    pub(super) fn is_full(&self, more: usize) -> bool {
        matches!(self, Self::File(file) if file.is_full(more))
    }

    /// Continues with the next file, and returns its name. Returns `None` if this is not a file. If
    /// the next file cannot be created, the current file grows.
    pub(super) fn rotate(&mut self) -> io::Result<Option<PathBuf>> {
        let Self::File(file) = self else { return Ok(None) };
        let rotated = file.rotate();
        if rotated.is_err() {
            file.stop_rotating();
        }
        rotated.map(Some)
    }

    fn writer(&mut self) -> &mut dyn Write {
        match self {
            Self::Writer(writer) => writer,
            Self::File(file) => file,
        }
    }
}

/// Converts a panic of the writer to an error, so that the recording continues after it.
fn guarded<T>(write: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    let result = panic::catch_unwind(AssertUnwindSafe(write));
    result.unwrap_or_else(|_| Err(io::Error::other("the writer of the recorder panicked")))
}
