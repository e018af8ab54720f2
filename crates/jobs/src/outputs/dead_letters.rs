//! [`DeadLetters`]: the failed items of a job, as a file.

use std::{io::Write, path::PathBuf};

use runnable_core::{Error, Result};
use serde::Serialize;
use serde_json::Value;

use super::{
    atomic_file::AtomicFile,
    job_output::{JobOutput, OutputWriter},
    job_result::JobResult,
};

/// An output with the failed items only: one line of JSON for each, with its key, its input, the
/// kind and the message of its error, and the number of attempts.
///
/// A job writes such a file to `failed.jsonl` in its folder.
#[derive(Clone, Debug)]
pub struct DeadLetters {
    path: PathBuf,
}

impl DeadLetters {
    /// Creates the output.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }
}

impl JobOutput for DeadLetters {
    fn open(&self) -> Result<Box<dyn OutputWriter>> {
        Ok(Box::new(Writer { file: AtomicFile::create(&self.path)? }))
    }
}

struct Writer {
    file: AtomicFile,
}

#[derive(Serialize)]
struct Line<'a> {
    key: &'a str,
    input: Option<&'a Value>,
    kind: &'a str,
    message: &'a str,
    attempts: u32,
}

impl OutputWriter for Writer {
    fn write(&mut self, result: &JobResult) -> Result<()> {
        let Err(failed) = &result.result else {
            return Ok(());
        };
        let line = Line {
            key: &result.key,
            input: result.input.as_ref(),
            kind: &failed.kind,
            message: &failed.message,
            attempts: failed.attempts,
        };
        serde_json::to_writer(&mut self.file, &line).map_err(Error::other)?;
        Ok(self.file.write_all(b"\n")?)
    }

    fn finish(self: Box<Self>) -> Result<()> {
        self.file.commit()
    }
}
