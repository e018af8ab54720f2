//! [`ParquetOutput`]: results as the rows of a Parquet file.

use std::{
    io, mem,
    path::{Path, PathBuf},
    sync::Arc,
};

use parquet::{
    basic::{Compression, LogicalType, Repetition, Type as PhysicalType},
    column::writer::ColumnWriterImpl,
    data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type},
    errors::ParquetError,
    file::{
        properties::WriterProperties,
        writer::{SerializedColumnWriter, SerializedFileWriter},
    },
    schema::types::{Type, TypePtr},
};
use runnable_core::{Error, ErrorKind, Result};
use serde_json::Value;

use super::{
    files::{AtomicFile, ColumnKind, Table, TableOptions},
    job_output::{JobOutput, OutputWriter},
    job_result::JobResult,
};

/// The maximum number of rows that are in memory.
const MOST_ROWS: usize = 1 << 16;

/// The number of bytes after which the rows in memory are written.
const MOST_BYTES: usize = 1 << 25;

/// Writes results as the rows of a Parquet file, compressed with Snappy.
///
/// The columns are the same as those of a [`CsvOutput`](super::CsvOutput). The type of a column
/// depends on all its values, and each value can be null:
///
/// | values | type |
/// |---|---|
/// | booleans | `BOOLEAN` |
/// | integers | `INT64` |
/// | numbers, some of which have a fraction | `DOUBLE` |
/// | strings | `STRING` |
/// | arrays, objects, integers that do not fit, or values of several types | `JSON` |
///
/// [`ParquetInputs`](crate::inputs::ParquetInputs) reads the values of a `JSON` column as they were.
///
/// Items that failed are skipped, unless you [include](Self::include_failed) them. The file replaces
/// the previous file in one step. Until the columns are known, the rows are in a temporary file in the
/// same folder.
///
/// # Examples
///
/// ```
/// use runnable_jobs::{JobOutput, JobResult, outputs::ParquetOutput};
/// use serde_json::json;
///
/// # fn main() -> runnable_core::Result<()> {
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("classes.parquet");
///
/// // A job does this.
/// let mut writer = ParquetOutput::new(&path).open()?;
/// writer.write(&JobResult::new(0, "a7", Ok(json!({ "class": "delivery", "score": 0.9 }))))?;
/// writer.finish()?;
///
/// assert!(std::fs::read(&path)?.starts_with(b"PAR1"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "an output does nothing until a job writes it"]
pub struct ParquetOutput {
    path: PathBuf,
    options: TableOptions,
}

impl ParquetOutput {
    /// Creates an output to this file.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), options: TableOptions::default() }
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
}

impl JobOutput for ParquetOutput {
    fn open(&self) -> Result<Box<dyn OutputWriter>> {
        let file = AtomicFile::create(&self.path)?;
        let table = Table::create(&file, self.options)?;
        Ok(Box::new(ParquetWriter { table, file }))
    }

    fn needs_input(&self) -> bool {
        self.options.keep_input
    }

    fn file(&self) -> Option<&Path> {
        Some(&self.path)
    }
}

struct ParquetWriter {
    table: Table,
    file: AtomicFile,
}

/// The index of a column in a row, its name, and the type of its values.
type Column = (usize, String, ColumnKind);

impl OutputWriter for ParquetWriter {
    fn write(&mut self, result: &JobResult) -> Result<()> {
        self.table.push(result)
    }

    fn finish(self: Box<Self>) -> Result<()> {
        let Self { table, file } = *self;
        let path = file.path().to_owned();
        let failed = |error| failed(&path, error);
        let columns = table.columns().named();
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let schema = schema(&columns).map_err(failed)?;
        let mut writer =
            SerializedFileWriter::new(file, schema, Arc::new(properties)).map_err(failed)?;
        let (mut rows, mut bytes) = (Vec::new(), 0);
        table.read(|row, length| {
            rows.push(row);
            bytes += length;
            if rows.len() < MOST_ROWS && bytes < MOST_BYTES {
                return Ok(());
            }
            bytes = 0;
            write_group(&mut writer, &columns, mem::take(&mut rows)).map_err(failed)
        })?;
        if !rows.is_empty() {
            write_group(&mut writer, &columns, rows).map_err(failed)?;
        }
        writer.into_inner().map_err(failed)?.commit()
    }
}

fn schema(columns: &[Column]) -> Result<TypePtr, ParquetError> {
    let fields = columns.iter().map(|(_, name, kind)| {
        let (physical, logical) = match kind {
            ColumnKind::Bool => (PhysicalType::BOOLEAN, None),
            ColumnKind::Int { .. } => (PhysicalType::INT64, None),
            ColumnKind::Float => (PhysicalType::DOUBLE, None),
            ColumnKind::Text | ColumnKind::Null => {
                (PhysicalType::BYTE_ARRAY, Some(LogicalType::String))
            }
            ColumnKind::Json => (PhysicalType::BYTE_ARRAY, Some(LogicalType::Json)),
        };
        let field = Type::primitive_type_builder(name, physical).with_logical_type(logical);
        Ok(Arc::new(field.with_repetition(Repetition::OPTIONAL).build()?))
    });
    let fields = fields.collect::<Result<_, ParquetError>>()?;
    Ok(Arc::new(Type::group_type_builder("results").with_fields(fields).build()?))
}

fn write_group(
    writer: &mut SerializedFileWriter<AtomicFile>,
    columns: &[Column],
    mut rows: Vec<Vec<Value>>,
) -> Result<(), ParquetError> {
    let mut group = writer.next_row_group()?;
    for (index, _, kind) in columns {
        let Some(mut column) = group.next_column()? else { break };
        let values = rows.iter_mut().map(|row| row[*index].take());
        write_column(&mut column, *kind, values)?;
        column.close()?;
    }
    group.close()?;
    Ok(())
}

fn write_column(
    column: &mut SerializedColumnWriter<'_>,
    kind: ColumnKind,
    values: impl Iterator<Item = Value>,
) -> Result<(), ParquetError> {
    match kind {
        ColumnKind::Bool => {
            write_values(column.typed::<BoolType>(), values, |value| value.as_bool())
        }
        ColumnKind::Int { .. } => {
            write_values(column.typed::<Int64Type>(), values, |value| value.as_i64())
        }
        ColumnKind::Float => {
            write_values(column.typed::<DoubleType>(), values, |value| value.as_f64())
        }
        ColumnKind::Text | ColumnKind::Null => {
            write_values(column.typed::<ByteArrayType>(), values, |value| match value {
                Value::String(text) => Some(ByteArray::from(text.into_bytes())),
                _ => None,
            })
        }
        ColumnKind::Json => {
            write_values(column.typed::<ByteArrayType>(), values, |value| match value {
                Value::Null => None,
                value => Some(ByteArray::from(value.to_string().into_bytes())),
            })
        }
    }
}

fn write_values<D: DataType>(
    column: &mut ColumnWriterImpl<'_, D>,
    values: impl Iterator<Item = Value>,
    convert: impl Fn(Value) -> Option<D::T>,
) -> Result<(), ParquetError> {
    let mut present = Vec::new();
    let mut found = Vec::new();
    for value in values.map(convert) {
        present.push(i16::from(value.is_some()));
        found.extend(value);
    }
    column.write_batch(&found, Some(&present), None)?;
    Ok(())
}

fn failed(path: &std::path::Path, error: ParquetError) -> Error {
    match error {
        ParquetError::External(error) if error.is::<io::Error>() => match error.downcast() {
            Ok(error) => super::files::write_failed(path, *error),
            Err(error) => Error::wrap(ErrorKind::Other, ParquetError::External(error)),
        },
        error => {
            let message = format!("failed to write the output `{}`: {error}", path.display());
            Error::new(ErrorKind::Other, message).with_source(error)
        }
    }
}
