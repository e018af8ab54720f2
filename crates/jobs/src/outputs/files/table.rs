//! [`Table`]: the rows of results, until all columns are known.

use std::{
    fs::File,
    io::{BufRead, BufReader, BufWriter, Seek, Write},
    path::PathBuf,
};

use runnable_core::{Error, ErrorKind, Result};
use serde_json::{Value, json};

use super::{
    atomic_file::{AtomicFile, write_failed},
    columns::{Columns, MOST_COLUMNS, Part},
};
use crate::outputs::{FailedItem, JobResult};

/// Which results a table contains, and which parts of them.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::outputs) struct TableOptions {
    pub(in crate::outputs) keep_input: bool,
    pub(in crate::outputs) include_failed: bool,
}

/// The rows of results, until all columns are known.
///
/// The columns of a file are known only after the last result, because the fields of results can
/// differ. The rows are kept in a temporary file without a name, in the folder of the output.
pub(in crate::outputs) struct Table {
    path: PathBuf,
    options: TableOptions,
    columns: Columns,
    rows: BufWriter<File>,
}

/// The values of a row, with the indexes of their columns.
type Cells = Vec<(usize, Value)>;

impl Table {
    /// Creates a table for an output to this file.
    pub(in crate::outputs) fn create(file: &AtomicFile, options: TableOptions) -> Result<Self> {
        let rows = BufWriter::new(file.create_nameless()?);
        let mut columns = Columns::default();
        // These columns are in every table.
        columns.index(Part::Key, "key", &json!(""));
        if options.include_failed {
            columns.index(Part::Error, "error_kind", &json!(""));
            columns.index(Part::Error, "error", &json!(""));
        }
        Ok(Self { path: file.path().to_owned(), options, columns, rows })
    }

    /// Adds a result.
    pub(in crate::outputs) fn push(&mut self, result: &JobResult) -> Result<()> {
        if result.result.is_err() && !self.options.include_failed {
            return Ok(());
        }
        let mut cells = vec![];
        self.add(&mut cells, Part::Key, "key", &json!(result.key))?;
        if let Some(input) = result.input.as_ref().filter(|_| self.options.keep_input) {
            self.add_fields(&mut cells, Part::Input, "input", input)?;
        }
        match &result.result {
            Ok(output) => self.add_fields(&mut cells, Part::Output, "output", output)?,
            Err(FailedItem { kind, message, .. }) => {
                self.add(&mut cells, Part::Error, "error_kind", &json!(kind))?;
                self.add(&mut cells, Part::Error, "error", &json!(message))?;
            }
        }
        let written = serde_json::to_writer(&mut self.rows, &cells).map_err(Into::into);
        let written = written.and_then(|()| self.rows.write_all(b"\n"));
        written.map_err(|error| write_failed(&self.path, error))
    }

    /// Adds the fields of an object, or the value itself.
    fn add_fields(
        &mut self,
        cells: &mut Cells,
        part: Part,
        name: &str,
        value: &Value,
    ) -> Result<()> {
        match value {
            Value::Object(fields) => {
                fields.iter().try_for_each(|(name, value)| self.add(cells, part, name, value))
            }
            value => self.add(cells, part, name, value),
        }
    }

    fn add(&mut self, cells: &mut Cells, part: Part, name: &str, value: &Value) -> Result<()> {
        let index = self.columns.index(part, name, value).ok_or_else(|| {
            let message = format!(
                "cannot write the output `{}`: the results have more than {MOST_COLUMNS} different \
                 fields; use `JsonLinesOutput` instead",
                self.path.display()
            );
            Error::new(ErrorKind::InvalidInput, message)
        })?;
        cells.push((index, value.clone()));
        Ok(())
    }

    /// Calls a function with each row and its approximate number of bytes. A row contains a value for
    /// each column, which is null if the result has no such field.
    pub(in crate::outputs) fn read(
        self,
        mut write: impl FnMut(Vec<Value>, usize) -> Result<()>,
    ) -> Result<()> {
        let failed = |error| write_failed(&self.path, error);
        let mut rows = self.rows.into_inner().map_err(|error| failed(error.into_error()))?;
        rows.rewind().map_err(failed)?;
        let mut rows = BufReader::new(rows);
        let mut line = String::new();
        let count = self.columns.len();
        while rows.read_line(&mut line).map_err(failed)? > 0 {
            let mut row = vec![Value::Null; count];
            let cells: Cells = serde_json::from_str(&line).map_err(|error| failed(error.into()))?;
            for (index, value) in cells {
                row[index] = value;
            }
            write(row, line.len())?;
            line.clear();
        }
        Ok(())
    }

    pub(in crate::outputs) fn columns(&self) -> &Columns {
        &self.columns
    }
}
