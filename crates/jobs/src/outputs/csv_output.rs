//! [`CsvOutput`]: results as the rows of a CSV file.

use std::{
    borrow::Cow,
    io::Write,
    path::{Path, PathBuf},
};

use runnable_core::Result;
use serde_json::Value;

use super::{
    files::{AtomicFile, Table, TableOptions},
    job_output::{JobOutput, OutputWriter},
    job_result::JobResult,
};
use crate::csv::{RowWriter, delimiter};

/// Writes results as the rows of a CSV file with a header.
///
/// The first column is `key`. If the output of an item is an object, each of its fields has a
/// column. Otherwise, the column is `output`. The columns are the fields of all results: a result
/// without a field leaves its column empty. If you [keep the inputs](Self::keep_input), their columns
/// come before those of the outputs.
///
/// All names of columns are different. If a name would be used twice, the column of the output keeps
/// it, and the column of the input is called `input.NAME`. A field of an output that has the name of
/// another column, such as `key`, is called `output.NAME`.
///
/// Strings are written as they are, and quoted where CSV requires it. Null is an empty field. Other
/// values are written as JSON. Text that a spreadsheet would take for a formula, such as `=1+1`, is
/// written as it is, too, because other programs would read an escaped text as other data. Import the
/// columns of such a file as text.
///
/// Items that failed are skipped, unless you [include](Self::include_failed) them. The file replaces
/// the previous file in one step. Until the columns are known, the rows are in a temporary file in the
/// same folder, so the disk needs room for the results twice.
///
/// # Examples
///
/// ```
/// use runnable_jobs::{JobOutput, JobResult, outputs::CsvOutput};
/// use serde_json::json;
///
/// # fn main() -> runnable_core::Result<()> {
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("classes.csv");
///
/// // A job does this.
/// let mut writer = CsvOutput::new(&path).open()?;
/// writer.write(&JobResult::new(0, "a7", Ok(json!({ "class": "delivery", "urgent": true }))))?;
/// writer.finish()?;
///
/// assert_eq!(std::fs::read_to_string(&path)?, "key,class,urgent\na7,delivery,true\n");
/// # Ok(())
/// # }
/// ```
#[doc(alias = "tsv")]
#[derive(Clone, Debug)]
#[must_use = "an output does nothing until a job writes it"]
pub struct CsvOutput {
    path: PathBuf,
    options: TableOptions,
    delimiter: char,
}

impl CsvOutput {
    /// Creates an output to this file.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), options: TableOptions::default(), delimiter: ',' }
    }

    /// Adds the columns of the inputs. If an input is not an object, its column is `input`.
    pub fn keep_input(mut self) -> Self {
        self.options.keep_input = true;
        self
    }

    /// Includes the items that failed, and adds the columns `error_kind` and `error`.
    pub fn include_failed(mut self) -> Self {
        self.options.include_failed = true;
        self
    }

    /// Sets the character between two fields, such as `;` or a tab. The default is a comma.
    pub fn delimiter(self, delimiter: char) -> Self {
        Self { delimiter, ..self }
    }
}

impl JobOutput for CsvOutput {
    /// # Errors
    ///
    /// Returns an error if the file cannot be created, or if the delimiter is not an ASCII character.
    fn open(&self) -> Result<Box<dyn OutputWriter>> {
        let delimiter = delimiter(self.delimiter)?;
        let file = AtomicFile::create(&self.path)?;
        let table = Table::create(&file, self.options)?;
        Ok(Box::new(CsvWriter { delimiter, table, file }))
    }

    fn needs_input(&self) -> bool {
        self.options.keep_input
    }

    fn file(&self) -> Option<&Path> {
        Some(&self.path)
    }
}

struct CsvWriter {
    delimiter: u8,
    table: Table,
    file: AtomicFile,
}

impl OutputWriter for CsvWriter {
    fn write(&mut self, result: &JobResult) -> Result<()> {
        self.table.push(result)
    }

    fn finish(self: Box<Self>) -> Result<()> {
        let Self { delimiter, table, mut file } = *self;
        let columns = table.columns().named();
        let mut writer = RowWriter::new(delimiter);
        let header = writer.row(columns.iter().map(|(_, name, _)| name));
        file.write_all(header).map_err(|error| file.failed(error))?;
        table.read(|row, _| {
            let row = writer.row(columns.iter().map(|(index, ..)| field(&row[*index])));
            file.write_all(row).map_err(|error| file.failed(error))
        })?;
        file.commit()
    }
}

fn field(value: &Value) -> Field<'_> {
    Field(match value {
        Value::Null => "".into(),
        Value::String(text) => text.into(),
        value => value.to_string().into(),
    })
}

struct Field<'a>(Cow<'a, str>);

impl AsRef<[u8]> for Field<'_> {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}
