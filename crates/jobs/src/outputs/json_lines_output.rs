//! [`JsonLinesOutput`]: results in a file with one JSON object per line.

use std::path::{Path, PathBuf};

use runnable_core::Result;
use serde::Serialize;
use serde_json::Value;

use super::{
    failed_item::FailedItem,
    files::AtomicFile,
    job_output::{JobOutput, OutputWriter},
    job_result::JobResult,
};

/// Writes results to a file with one JSON object per line (JSONL).
///
/// A line contains the `key` and the `output` of an item. Items that failed are skipped, unless you
/// [include](Self::include_failed) them. The file replaces the previous file in one step.
///
/// # Examples
///
/// ```
/// use runnable_jobs::{JobOutput, JobResult, outputs::JsonLinesOutput};
/// use serde_json::json;
///
/// # fn main() -> runnable_core::Result<()> {
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("classes.jsonl");
///
/// // A job does this.
/// let mut writer = JsonLinesOutput::new(&path).open()?;
/// writer.write(&JobResult::new(0, "a7", Ok(json!("delivery"))))?;
/// writer.finish()?;
///
/// assert_eq!(std::fs::read_to_string(&path)?, "{\"key\":\"a7\",\"output\":\"delivery\"}\n");
/// # Ok(())
/// # }
/// ```
#[doc(alias("jsonl", "ndjson"))]
#[derive(Clone, Debug)]
#[must_use = "an output does nothing until a job writes it"]
pub struct JsonLinesOutput {
    path: PathBuf,
    keep_input: bool,
    include_failed: bool,
}

impl JsonLinesOutput {
    /// Creates an output to this file.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), keep_input: false, include_failed: false }
    }

    /// Adds the `input` of an item to its line.
    pub fn keep_input(self) -> Self {
        Self { keep_input: true, ..self }
    }

    /// Includes the items that failed. Instead of an `output`, their line contains an `error` with a
    /// `kind`, a `message`, and the number of `attempts`.
    pub fn include_failed(self) -> Self {
        Self { include_failed: true, ..self }
    }
}

impl JobOutput for JsonLinesOutput {
    fn open(&self) -> Result<Box<dyn OutputWriter>> {
        let file = AtomicFile::create(&self.path)?;
        Ok(Box::new(JsonLinesWriter { output: self.clone(), file }))
    }

    fn needs_input(&self) -> bool {
        self.keep_input
    }

    fn file(&self) -> Option<&Path> {
        Some(&self.path)
    }
}

struct JsonLinesWriter {
    output: JsonLinesOutput,
    file: AtomicFile,
}

#[derive(Serialize)]
struct Line<'a> {
    key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a FailedItem>,
}

impl OutputWriter for JsonLinesWriter {
    fn write(&mut self, result: &JobResult) -> Result<()> {
        let (output, error) = match &result.result {
            Ok(output) => (Some(output), None),
            Err(error) if self.output.include_failed => (None, Some(error)),
            Err(_) => return Ok(()),
        };
        let input = result.input.as_ref().filter(|_| self.output.keep_input);
        let line = Line { key: &result.key, input, output, error };
        self.file.write_json_line(&line)
    }

    fn finish(self: Box<Self>) -> Result<()> {
        self.file.commit()
    }
}
