//! [`DeadLetters`]: the failed items of a job, as a file.

use std::path::{Path, PathBuf};

use runnable_core::Result;
use serde::Serialize;
use serde_json::Value;

use super::{
    files::AtomicFile,
    job_output::{JobOutput, OutputWriter},
    job_result::JobResult,
};

/// Writes only the items that failed, to a file with one JSON object per line.
///
/// A job writes such a file to `failed.jsonl` in its folder.
///
/// A line contains the `key`, the `input`, the `kind` and the `message` of the error, and the number
/// of `attempts`. If the input is not valid, such as a line that is not JSON, `input` is its text. To
/// try the items as a new job, read the file with
/// [`JsonLinesInputs`](crate::inputs::JsonLinesInputs), its key `key` and its input field `input`.
///
/// The file replaces the previous file in one step.
///
/// # Examples
///
/// ```
/// use runnable_core::{Error, ErrorKind};
/// use runnable_jobs::{FailedItem, JobOutput, JobResult, outputs::DeadLetters};
/// use serde_json::json;
///
/// # fn main() -> runnable_core::Result<()> {
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("failed.jsonl");
/// let failed = FailedItem::new(&Error::new(ErrorKind::Parse, "expected JSON"), 3);
///
/// // A job does this.
/// let mut writer = DeadLetters::new(&path).open()?;
/// writer.write(&JobResult::new(0, "a7", Ok(json!("delivery"))))?;
/// writer.write(&JobResult::new(1, "a8", Err(failed)).with_input(json!("Hello?")))?;
/// writer.finish()?;
///
/// assert_eq!(
///     std::fs::read_to_string(&path)?,
///     concat!(
///         r#"{"key":"a8","input":"Hello?","kind":"parse","message":"expected JSON","attempts":3}"#,
///         "\n"
///     )
/// );
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "an output does nothing until a job writes it"]
pub struct DeadLetters {
    path: PathBuf,
}

impl DeadLetters {
    /// Creates an output to this file.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }
}

impl JobOutput for DeadLetters {
    fn open(&self) -> Result<Box<dyn OutputWriter>> {
        Ok(Box::new(DeadLettersWriter { file: AtomicFile::create(&self.path)? }))
    }

    fn file(&self) -> Option<&Path> {
        Some(&self.path)
    }
}

struct DeadLettersWriter {
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

impl OutputWriter for DeadLettersWriter {
    fn write(&mut self, result: &JobResult) -> Result<()> {
        let Err(failed) = &result.result else { return Ok(()) };
        self.file.write_json_line(&Line {
            key: &result.key,
            input: result.input.as_ref(),
            kind: &failed.kind,
            message: &failed.message,
            attempts: failed.attempts,
        })
    }

    fn finish(self: Box<Self>) -> Result<()> {
        self.file.commit()
    }
}
