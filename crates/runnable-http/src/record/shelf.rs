//! The folder that recordings are written to.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::case::{PART, number_of};

/// The folder that recordings are written to, and the number of the next.
pub(super) struct Shelf {
    folder: PathBuf,
    /// `None` until the folder was looked through, which is done once.
    next: Option<u64>,
}

impl Shelf {
    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), next: None }
    }

    /// A new folder for a recording of this name that is not complete yet, and its number.
    pub(super) fn begin(&mut self, name: &str) -> io::Result<(PathBuf, u64)> {
        loop {
            let number = self.take_number()?;
            let folder = self.folder.join(format!("{number:04}-{name}{PART}"));
            match fs::create_dir(&folder) {
                Ok(()) => return Ok((folder, number)),
                // Another process records here, too.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Gives a recording that is complete its name: all of it is there, or nothing is.
    pub(super) fn complete(&mut self, part: &Path, mut number: u64, name: &str) -> io::Result<()> {
        loop {
            let folder = self.folder.join(format!("{number:04}-{name}"));
            // Another process may take the name, now or while this one looks: then there are files in
            // its folder, which no folder replaces.
            match folder.exists() {
                true => number = self.take_number()?,
                false => match fs::rename(part, &folder) {
                    Err(_) if folder.exists() => {}
                    done => return done,
                },
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
