//! [`CsvInputs`]: inputs from the rows of a CSV file.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use futures_core::{future::BoxFuture, stream::BoxStream};
use futures_util::{FutureExt, StreamExt};
use runnable_core::{Error, ErrorKind, Result};
use serde::de::DeserializeOwned;

use super::{
    files::{
        Feed, Malformed, NOT_UTF8, TextEncoding, TextFile, ThreadStream, advised, count_items,
        open_text, read_failed,
    },
    job_inputs::JobInputs,
    job_item::JobItem,
    read_item::ReadItem,
};
use crate::csv::{Begun, Row, RowWriter, Rows, cell_input, delimiter, row_input, separator_line};

/// The maximum number of columns that an error lists.
const LISTED: usize = 10;

/// Inputs from the rows of a CSV file.
///
/// The first row is the header, unless you set the [`columns`](Self::columns). If several columns have
/// no name in the header, they are called `column_3` and so on, by their numbers from 1. The input of
/// an item is its row, as any type that implements `Deserialize`:
///
/// - In a [`Dict`](runnable_core::Dict), all values are strings, so a number such as `007` stays as it
///   is.
/// - In a struct, each field has the type that the struct states. An empty field is `None` for an
///   `Option`. Lists and structs are read as JSON.
///
/// The key of an item is the number of its row, from 1 for the first row after the header, or a
/// [column](Self::key).
///
/// Quoted fields can contain delimiters, quotes that are doubled, and line breaks. Empty lines are
/// skipped. A row with too few or too many fields is a failed item, and the job continues. A quote
/// that is not closed is an error, because nothing shows where the row ends.
///
/// # Examples
///
/// ```
/// use futures::StreamExt;
/// use runnable_core::prelude::*;
/// use runnable_jobs::{JobInputs, ReadItem, inputs::CsvInputs};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("tickets.csv");
/// std::fs::write(&path, "id,text\na7,\"Hello,\nmy order has not arrived.\"\n")?;
///
/// // A job does this.
/// let mut items = Box::new(CsvInputs::open(&path).key("id")).read();
/// if let Some(ReadItem::<Dict>::Item(item)) = items.next().await.transpose()? {
///     assert_eq!(item.key, "a7");
///     assert_eq!(item.input["text"], "Hello,\nmy order has not arrived.");
/// #   return Ok(());
/// }
/// # panic!("no item");
/// # }
/// ```
#[doc(alias("CSVLoader", "tsv"))]
#[derive(Clone, Debug)]
#[must_use = "inputs do nothing until a job reads them"]
pub struct CsvInputs {
    path: PathBuf,
    key: Option<String>,
    input_column: Option<String>,
    columns: Option<Vec<String>>,
    delimiter: char,
    max_row_bytes: usize,
    encoding: TextEncoding,
}

/// The columns of a file.
struct Header {
    columns: Vec<String>,
    /// The index of the column with the key.
    key: Option<usize>,
    /// The index of the column with the input.
    input: Option<usize>,
}

impl CsvInputs {
    /// Creates inputs from this file. The file is opened when a job reads the inputs.
    pub fn open(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            key: None,
            input_column: None,
            columns: None,
            delimiter: ',',
            max_row_bytes: 16 << 20,
            encoding: TextEncoding::default(),
        }
    }

    /// Sets the column that contains the key of an item. The default is the number of the row.
    pub fn key(self, column: impl Into<String>) -> Self {
        Self { key: Some(column.into()), ..self }
    }

    /// Sets the column that contains the input of an item. The default is the whole row.
    pub fn input_column(self, column: impl Into<String>) -> Self {
        Self { input_column: Some(column.into()), ..self }
    }

    /// Sets the names of the columns, for a file without a header.
    pub fn columns(self, columns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { columns: Some(columns.into_iter().map(Into::into).collect()), ..self }
    }

    /// Sets the character between two fields, such as `;` or a tab. The default is a comma. If the first
    /// line of the file is `sep=;`, as some spreadsheets write it, it states another character.
    pub fn delimiter(self, delimiter: char) -> Self {
        Self { delimiter, ..self }
    }

    /// Sets the maximum length of a row in bytes. The default is 16 MiB. A longer row is a failed
    /// item, and is never in memory.
    pub fn max_row_bytes(self, max_row_bytes: usize) -> Self {
        Self { max_row_bytes, ..self }
    }

    /// Sets the encoding of the file. The default is UTF-8, which is checked.
    ///
    /// The label is one of the [Encoding Standard](https://encoding.spec.whatwg.org/#names-and-labels),
    /// such as `windows-1252` for the files of many spreadsheets, or `utf-16le`. A byte order mark in
    /// the file takes precedence. Bytes that are invalid in the encoding become U+FFFD. If the label is
    /// unknown, the job stops with an error.
    #[cfg(feature = "encodings")]
    #[cfg_attr(docsrs, doc(cfg(feature = "encodings")))]
    pub fn encoding(self, label: impl Into<String>) -> Self {
        Self { encoding: TextEncoding::named(label), ..self }
    }

    fn rows<U: Send>(&self, feed: &Feed<U>) -> Result<Rows<Begun<TextFile>>> {
        let delimiter = delimiter(self.delimiter)?;
        let text = open_text(&self.path, &self.encoding, feed)?;
        let read = separator_line(text).map_err(|error| read_failed(&self.path, error));
        let (stated, text) = read?;
        Ok(Rows::new(text, stated.unwrap_or(delimiter), self.max_row_bytes))
    }

    fn header(&self, rows: &mut Rows<Begun<TextFile>>) -> Result<Header> {
        let columns = match &self.columns {
            Some(columns) => columns.clone(),
            None => self.first_row(rows)?,
        };
        let mut seen = HashSet::new();
        if let Some(twice) = columns.iter().find(|column| !seen.insert(*column)) {
            return Err(self.invalid(format_args!(
                "two columns have the name `{twice}`; rename one of them in the header"
            )));
        }
        let index = |wanted: &Option<String>| {
            let Some(wanted) = wanted else { return Ok(None) };
            columns.iter().position(|column| column == wanted).map(Some).ok_or_else(|| {
                let known: Vec<_> =
                    columns.iter().take(LISTED).map(|column| format!("`{column}`")).collect();
                let known = known.join(", ");
                self.invalid(format_args!(
                    "unknown column `{wanted}`: expected one of {known}{}",
                    other_delimiter(&columns)
                ))
            })
        };
        let (key, input) = (index(&self.key)?, index(&self.input_column)?);
        Ok(Header { columns, key, input })
    }

    fn first_row(&self, rows: &mut Rows<Begun<TextFile>>) -> Result<Vec<String>> {
        match rows.next().map_err(|error| read_failed(&self.path, error))? {
            Some((_, Row::Complete { text, ends })) => Row::fields(text, ends)
                .map(|name| str::from_utf8(name).map(ToOwned::to_owned))
                .collect::<Result<Vec<_>, _>>()
                .map(numbered)
                .map_err(|_| self.invalid(format_args!("expected a header in UTF-8; {NOT_UTF8}"))),
            Some((line, Row::UnclosedQuote)) => Err(self.unclosed_quote(line)),
            Some((_, Row::TooLong(_))) => {
                let most = self.max_row_bytes;
                Err(self.invalid(format_args!("expected a header of at most {most} bytes")))
            }
            None => Err(self.invalid("expected a header, found an empty file")),
        }
    }

    fn unclosed_quote(&self, line: u64) -> Error {
        self.invalid(format_args!(
            "the row that begins in line {line} has a quote that is not closed"
        ))
    }

    fn invalid(&self, reason: impl std::fmt::Display) -> Error {
        let message = format!("invalid CSV file `{}`: {reason}", self.path.display());
        Error::new(ErrorKind::InvalidInput, message)
    }

    fn read_all<T: DeserializeOwned + Send>(&self, feed: &mut Feed<ReadItem<T>>) -> Result<()> {
        let mut rows = self.rows(feed)?;
        let header = self.header(&mut rows)?;
        let mut writer = RowWriter::new(b',');
        let mut number = 0_u64;
        while let Some((line, row)) = rows.next().map_err(|error| read_failed(&self.path, error))? {
            number += 1;
            let (item, bytes) = match row {
                Row::Complete { text, ends } => {
                    let fields = || Row::fields(text, ends);
                    let item = header.item(number, &fields().collect::<Vec<_>>());
                    let item = item.map_err(|reason| (reason, writer.row(fields())));
                    (item, text.len())
                }
                Row::TooLong(text) => {
                    let reason = format!(
                        "expected at most {} bytes and 65536 fields; a quote may not be closed",
                        self.max_row_bytes
                    );
                    (Err((reason, text)), text.len())
                }
                Row::UnclosedQuote => return Err(self.unclosed_quote(line)),
            };
            let item = item.map_or_else(
                |(reason, text)| {
                    let key = match self.key {
                        Some(_) => format!("row {number}"),
                        None => number.to_string(),
                    };
                    let (path, position) = (&self.path, format_args!("row {number} (line {line})"));
                    Malformed { path, position, text: text.trim_ascii_end() }.item(key, reason)
                },
                ReadItem::Item,
            );
            if feed.put(item, bytes).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn count_all(&self, feed: &Feed<u64>) -> Result<u64> {
        let mut rows = self.rows(feed)?;
        self.header(&mut rows)?;
        let mut count = 0;
        while let Some((line, row)) = rows.next().map_err(|error| read_failed(&self.path, error))? {
            if matches!(row, Row::UnclosedQuote) {
                return Err(self.unclosed_quote(line));
            }
            count += 1;
        }
        Ok(count)
    }
}

/// Numbers the columns without a name. A single one keeps the empty name, so that an output with such a
/// field is read as it was written.
fn numbered(mut columns: Vec<String>) -> Vec<String> {
    if columns.iter().filter(|name| name.is_empty()).count() > 1 {
        for (number, name) in (1..).zip(&mut columns).filter(|(_, name)| name.is_empty()) {
            *name = format!("column_{number}");
        }
    }
    columns
}

/// Explains why a file seems to have one column only.
fn other_delimiter(columns: &[String]) -> String {
    let [column] = columns else { return String::new() };
    let delimiter = column.chars().find(|char| matches!(char, ';' | '\t' | '|' | ','));
    let hint = |char| format!("; the delimiter of the file may be {char:?}");
    delimiter.map(hint).unwrap_or_default()
}

impl Header {
    /// Returns the item of a row, or what was expected.
    fn item<T: DeserializeOwned>(
        &self,
        number: u64,
        fields: &[&[u8]],
    ) -> Result<JobItem<T>, String> {
        let (expected, found) = (self.columns.len(), fields.len());
        if expected != found {
            let (fields, hint) = match expected {
                1 => ("field", other_delimiter(&self.columns)),
                _ => ("fields", String::new()),
            };
            return Err(format!("expected {expected} {fields}, found {found}{hint}"));
        }
        let mut cells = Vec::with_capacity(fields.len());
        for (column, field) in self.columns.iter().zip(fields) {
            let text = str::from_utf8(field)
                .map_err(|_| format!("expected text in UTF-8 in column `{column}`; {NOT_UTF8}"))?;
            cells.push((&**column, text));
        }
        let key = match self.key.map(|index| cells[index]) {
            Some((column, "")) => return Err(format!("expected a key in column `{column}`")),
            Some((_, key)) => key.to_owned(),
            None => number.to_string(),
        };
        let input = match self.input.map(|index| cells[index]) {
            Some((column, text)) => {
                cell_input(text).map_err(|reason| format!("in column `{column}`: {reason}"))?
            }
            None => row_input(cells.into_iter()).map_err(|reason| {
                advised(reason, "map", "for the value of one column, set `CsvInputs::input_column`")
            })?,
        };
        Ok(JobItem { key, input })
    }
}

impl<T: DeserializeOwned + Send + 'static> JobInputs<T> for CsvInputs {
    fn read(self: Box<Self>) -> BoxStream<'static, Result<ReadItem<T>>> {
        let path = self.path.clone();
        ThreadStream::new(&path, move |feed| self.read_all(feed)).boxed()
    }

    /// Counts the rows after the header.
    fn count(&self) -> BoxFuture<'static, Option<u64>> {
        let inputs = self.clone();
        count_items(self.path.clone(), move |feed| inputs.count_all(feed)).boxed()
    }

    fn file(&self) -> Option<&Path> {
        Some(&self.path)
    }
}
