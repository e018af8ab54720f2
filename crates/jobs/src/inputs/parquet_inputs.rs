//! [`ParquetInputs`]: inputs from the rows of a Parquet file.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use futures_core::{future::BoxFuture, stream::BoxStream};
use futures_util::{FutureExt, StreamExt};
use parquet::{
    basic::{Compression, ConvertedType},
    errors::ParquetError,
    file::{
        metadata::ParquetMetaData, reader::FileReader, serialized_reader::SerializedFileReader,
    },
    record::{Row, reader::RowIter},
};
use runnable_core::{Error, ErrorKind, Result};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    files::{
        Feed, Malformed, ThreadStream, advised, count_items, input_field, key_field, read_failed,
        typed,
    },
    job_inputs::JobInputs,
    job_item::JobItem,
    read_item::ReadItem,
};

/// The maximum number of columns that an error lists.
const LISTED: usize = 10;

/// Inputs from the rows of a Parquet file.
///
/// The input of an item is its row, as any type that implements `Deserialize`, such as
/// [`Dict`](runnable_core::Dict). A decimal, a date and a time are strings, but a time in nanoseconds
/// is an integer. A binary value is a string in Base64. A column whose type is JSON contains the
/// values of its JSON. A float that is infinite or not a number is null. The key of an item is the
/// number of its row, from 1, or a [column](Self::key).
///
/// The file can be without compression or compressed with Snappy. For Zstandard, enable the feature
/// `parquet-zstd`.
///
/// The memory is bounded by the pages of the file: one page of each column is in memory.
///
/// # Examples
///
/// ```
/// use runnable_jobs::inputs::ParquetInputs;
///
/// let inputs = ParquetInputs::open("tickets.parquet").key("id");
/// ```
#[derive(Clone, Debug)]
#[must_use = "inputs do nothing until a job reads them"]
pub struct ParquetInputs {
    path: PathBuf,
    key: Option<String>,
    input_column: Option<String>,
}

impl ParquetInputs {
    /// Creates inputs from this file. The file is opened when a job reads the inputs.
    pub fn open(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), key: None, input_column: None }
    }

    /// Sets the column that contains the key of an item: strings or integers. The default is the
    /// number of the row.
    pub fn key(self, column: impl Into<String>) -> Self {
        Self { key: Some(column.into()), ..self }
    }

    /// Sets the column that contains the input of an item. The default is the whole row.
    pub fn input_column(self, column: impl Into<String>) -> Self {
        Self { input_column: Some(column.into()), ..self }
    }

    fn reader(&self) -> Result<SerializedFileReader<File>> {
        let file = File::open(&self.path).map_err(|error| read_failed(&self.path, error))?;
        let reader = SerializedFileReader::new(file).map_err(|error| self.failed(error))?;
        self.check(reader.metadata())?;
        Ok(reader)
    }

    /// Returns an error if the file cannot be read, or does not have the columns.
    fn check(&self, file: &ParquetMetaData) -> Result<()> {
        let columns = file.row_groups().iter().flat_map(|group| group.columns());
        for compression in columns.map(|column| column.compression()) {
            let action = match compression {
                Compression::UNCOMPRESSED | Compression::SNAPPY => continue,
                Compression::ZSTD(_) if cfg!(feature = "parquet-zstd") => continue,
                Compression::ZSTD(_) => "enable the feature `parquet-zstd`",
                _ => "write the file with Snappy",
            };
            return Err(self.invalid(format_args!(
                "unsupported compression {compression}: expected Snappy or none; {action}"
            )));
        }
        let fields = file.file_metadata().schema().get_fields();
        for wanted in [&self.key, &self.input_column].into_iter().flatten() {
            if !fields.iter().any(|field| field.name() == wanted) {
                let known: Vec<_> =
                    fields.iter().take(LISTED).map(|field| format!("`{}`", field.name())).collect();
                let known = known.join(", ");
                return Err(self
                    .invalid(format_args!("unknown column `{wanted}`: expected one of {known}")));
            }
        }
        Ok(())
    }

    fn failed(&self, error: ParquetError) -> Error {
        let message = format!("failed to read the input `{}`: {error}", self.path.display());
        Error::new(ErrorKind::Other, message).with_source(error)
    }

    fn invalid(&self, reason: impl std::fmt::Display) -> Error {
        let message = format!("invalid Parquet file `{}`: {reason}", self.path.display());
        Error::new(ErrorKind::InvalidInput, message)
    }

    fn read_all<T: DeserializeOwned + Send>(&self, feed: &mut Feed<ReadItem<T>>) -> Result<()> {
        let reader = self.reader()?;
        let fields = reader.metadata().file_metadata().schema().get_fields().iter();
        let json = fields.filter(|field| {
            field.is_primitive() && field.get_basic_info().converted_type() == ConvertedType::JSON
        });
        let json: Vec<_> = json.map(|field| field.name().to_owned()).collect();
        for (number, row) in (1_u64..).zip(RowIter::from_file_into(Box::new(reader))) {
            let row = row.map_err(|error| self.failed(error))?;
            let (row, bytes) = to_json(&row, &json);
            let item = self.item(number, row.clone()).map_or_else(
                |reason| {
                    let (path, position) = (&self.path, format_args!("row {number}"));
                    let key = match self.key {
                        Some(_) => position.to_string(),
                        None => number.to_string(),
                    };
                    let text = row.to_string();
                    Malformed { path, position, text: text.as_bytes() }.item(key, reason)
                },
                ReadItem::Item,
            );
            if feed.put(item, bytes).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Returns the item of a row, or what was expected.
    fn item<T: DeserializeOwned>(&self, number: u64, row: Value) -> Result<JobItem<T>, String> {
        let Value::Object(row) = row else { return Err("expected named columns".to_owned()) };
        let key = self
            .key
            .as_ref()
            .map_or_else(|| Ok(number.to_string()), |column| key_field(&row, column))?;
        let input = input_field(row, self.input_column.as_deref())?;
        let input = typed(input).map_err(|reason| {
            advised(reason, "map", "for the value of one column, set `ParquetInputs::input_column`")
        })?;
        Ok(JobItem { key, input })
    }
}

/// Converts a row to JSON. Returns the approximate number of bytes, too.
fn to_json(row: &Row, json: &[String]) -> (Value, usize) {
    let mut row = row.to_json_value();
    let mut bytes = 0;
    for (name, value) in row.as_object_mut().into_iter().flatten() {
        let Value::String(text) = &*value else {
            bytes += size_of::<Value>();
            continue;
        };
        bytes += text.len();
        if json.contains(name) {
            // Text that is not JSON stays text.
            *value = serde_json::from_str(text).unwrap_or_else(|_| value.take());
        }
    }
    (row, bytes)
}

impl<T: DeserializeOwned + Send + 'static> JobInputs<T> for ParquetInputs {
    fn read(self: Box<Self>) -> BoxStream<'static, Result<ReadItem<T>>> {
        let path = self.path.clone();
        ThreadStream::new(&path, move |feed| self.read_all(feed)).boxed()
    }

    /// Returns the number of rows, which the file states.
    fn count(&self) -> BoxFuture<'static, Option<u64>> {
        let inputs = self.clone();
        count_items(self.path.clone(), move |_| {
            let rows = inputs.reader()?.metadata().file_metadata().num_rows();
            Ok(u64::try_from(rows).unwrap_or_default())
        })
        .boxed()
    }

    fn file(&self) -> Option<&Path> {
        Some(&self.path)
    }
}
