//! One recording, while it runs.

use std::{fs, io, path::Path, path::PathBuf};

use runnable_core::Error;

use super::{
    asked::Asked,
    case::{Answer, REQUEST},
};
use crate::secret::Secrets;

/// One recording, while it runs. What has come is written when it is dropped, so that a stream
/// which nobody reads to its end is recorded, too.
pub(super) struct Tape {
    /// `None` if it could not be made.
    folder: Option<PathBuf>,
    secrets: Secrets,
    pub(super) answer: Answer,
    pub(super) body: Vec<u8>,
}

impl Tape {
    pub(super) fn begin(folder: &Path, number: u32, asked: &Asked, secrets: Secrets) -> Self {
        let folder = create(folder, number, asked).map_err(|error| warn(folder, &error)).ok();
        Self { folder, secrets, answer: Answer::default(), body: Vec::new() }
    }

    pub(super) fn fail(&mut self, error: &Error) {
        let message = self.secrets.mask(&error.message()).into_owned();
        self.answer.error = Some((error.kind(), message));
    }
}

impl Drop for Tape {
    fn drop(&mut self) {
        let Some(folder) = &self.folder else { return };
        let body = std::mem::take(&mut self.body);
        self.answer.body = match str::from_utf8(&body) {
            Ok(text) => self.secrets.mask(text).into_owned().into(),
            Err(_) => body.into(),
        };
        if let Err(error) = self.answer.write(folder) {
            warn(folder, &error);
        }
    }
}

/// A new folder, with the request in it. Where its name is taken, by an earlier or another process,
/// it gets the next number that is free.
fn create(folder: &Path, mut number: u32, asked: &Asked) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let name = asked.name();
    let case = loop {
        let case = folder.join(format!("{number:04}-{name}"));
        match fs::create_dir(&case) {
            Ok(()) => break case,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(error),
        }
    };
    fs::write(case.join(REQUEST), asked.write())?;
    Ok(case)
}

/// A recording that fails is no reason for the call to fail.
fn warn(folder: &Path, error: &io::Error) {
    tracing::warn!(folder = %folder.display(), %error, "cannot record an answer");
}
