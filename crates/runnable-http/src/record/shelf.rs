//! [`Shelf`]: the folder in which recordings are written.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::case::{PART, number_of};

/// The folder in which recordings are written, and the number of the next recording.
pub(super) struct Shelf {
    folder: PathBuf,
    /// The number of the next recording. `None` until the folder has been searched for the highest
    /// number, which happens once.
    next: Option<u64>,
}

impl Shelf {
    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), next: None }
    }

    /// Creates a folder for a new recording of this name. Returns the folder and its number.
    pub(super) fn begin(&mut self, name: &str) -> io::Result<(PathBuf, u64)> {
        loop {
            let number = self.take_number()?;
            let folder = self.folder.join(format!("{number:04}-{name}{PART}"));
            match fs::create_dir(&folder) {
                Ok(()) => return Ok((folder, number)),
                // If another process records in the same folder, it may have taken this number, so
                // try the next one.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Gives a complete recording its final name. Renaming the folder is atomic, so a recording
    /// with a final name is always complete.
    pub(super) fn complete(&mut self, part: &Path, mut number: u64, name: &str) -> io::Result<()> {
        loop {
            let folder = self.folder.join(format!("{number:04}-{name}"));
            // Another process may create this folder before the rename. Its folder contains files
            // then, so the rename fails and does not replace it.
            if folder.exists() {
                number = self.take_number()?
            } else {
                match fs::rename(part, &folder) {
                    Err(_) if folder.exists() => {}
                    done => return done,
                }
            }
        }
    }

    fn take_number(&mut self) -> io::Result<u64> {
        let number = match self.next {
            Some(number) => number,
            None => {
                fs::create_dir_all(&self.folder)?;
                let mut last = 0;
                for entry in fs::read_dir(&self.folder)? {
                    let number = number_of(&entry?.file_name().to_string_lossy());
                    last = last.max(number.unwrap_or_default());
                }
                last.saturating_add(1)
            }
        };
        self.next = Some(number.saturating_add(1));
        Ok(number)
    }
}
