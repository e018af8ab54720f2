//! [`TextLinesOutput`]: results as the lines of a text file.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use runnable_core::Result;
use serde_json::Value;

use super::{
    files::AtomicFile,
    job_output::{JobOutput, OutputWriter},
    job_result::JobResult,
};

/// Writes results as the lines of a text file, without their keys.
///
/// An output that is a string is written as it is. So that each result is one line, a string that
/// contains a line break or begins with `"` is written as a JSON string. To read the file again, use
/// [`TextLineInputs::json_strings`](crate::inputs::TextLineInputs::json_strings). Other outputs are
/// written as JSON.
///
/// Items that failed are skipped, unless you write [empty lines](Self::include_failed) for them. The
/// file replaces the previous file in one step.
///
/// # Examples
///
/// ```
/// use runnable_jobs::{JobOutput, JobResult, outputs::TextLinesOutput};
/// use serde_json::json;
///
/// # fn main() -> runnable_core::Result<()> {
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("answers.txt");
///
/// // A job does this.
/// let mut writer = TextLinesOutput::new(&path).open()?;
/// writer.write(&JobResult::new(0, "1", Ok(json!("42"))))?;
/// writer.write(&JobResult::new(1, "2", Ok(json!("two\nlines"))))?;
/// writer.finish()?;
///
/// assert_eq!(std::fs::read_to_string(&path)?, "42\n\"two\\nlines\"\n");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "an output does nothing until a job writes it"]
pub struct TextLinesOutput {
    path: PathBuf,
    include_failed: bool,
}

impl TextLinesOutput {
    /// Creates an output to this file.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), include_failed: false }
    }

    /// Writes an empty line for each item that failed, so that the lines of the output correspond to
    /// the inputs.
    pub fn include_failed(self) -> Self {
        Self { include_failed: true, ..self }
    }
}

impl JobOutput for TextLinesOutput {
    fn open(&self) -> Result<Box<dyn OutputWriter>> {
        let file = AtomicFile::create(&self.path)?;
        Ok(Box::new(TextLinesWriter { include_failed: self.include_failed, file }))
    }

    fn file(&self) -> Option<&Path> {
        Some(&self.path)
    }
}

struct TextLinesWriter {
    include_failed: bool,
    file: AtomicFile,
}

/// Returns whether a text is read again as it is.
fn is_one_line(text: &str) -> bool {
    // A mark of the encoding at the beginning of a file is not text.
    !text.contains(['\n', '\r']) && !text.starts_with(['"', '\u{feff}'])
}

impl OutputWriter for TextLinesWriter {
    fn write(&mut self, result: &JobResult) -> Result<()> {
        let written = match &result.result {
            Ok(Value::String(text)) if is_one_line(text) => writeln!(self.file, "{text}"),
            Ok(value) => writeln!(self.file, "{value}"),
            Err(_) if self.include_failed => writeln!(self.file),
            Err(_) => Ok(()),
        };
        written.map_err(|error| self.file.failed(error))
    }

    fn finish(self: Box<Self>) -> Result<()> {
        self.file.commit()
    }
}
