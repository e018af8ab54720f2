//! [`JsonLinesInputs`]: inputs from a file with one JSON value per line.

use std::path::{Path, PathBuf};

use futures_core::{future::BoxFuture, stream::BoxStream};
use futures_util::{FutureExt, StreamExt};
use runnable_core::Result;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    files::{
        Feed, Line, LineItems, TextEncoding, ThreadStream, advised, count_items, input_field,
        key_field, typed,
    },
    job_inputs::JobInputs,
    job_item::JobItem,
    read_item::ReadItem,
};

/// Inputs from a file with one JSON value per line (JSONL).
///
/// The input of an item is the value of its line, as any type that implements `Deserialize`, such as
/// [`Dict`](runnable_core::Dict). The key of an item is the number of its line, or a
/// [field](Self::key). Empty lines are skipped. A line that is not valid is a failed item, and the
/// job continues.
///
/// # Examples
///
/// ```
/// use futures::StreamExt;
/// use runnable_core::prelude::*;
/// use runnable_jobs::{JobInputs, ReadItem, inputs::JsonLinesInputs};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("tickets.jsonl");
/// std::fs::write(&path, r#"{"id": "a7", "text": "My order has not arrived."}"#)?;
///
/// // A job does this.
/// let mut items = Box::new(JsonLinesInputs::open(&path).key("id")).read();
/// if let Some(ReadItem::<Dict>::Item(item)) = items.next().await.transpose()? {
///     assert_eq!(item.key, "a7");
///     assert_eq!(item.input["text"], "My order has not arrived.");
/// #   return Ok(());
/// }
/// # panic!("no item");
/// # }
/// ```
#[doc(alias("jsonl", "ndjson"))]
#[derive(Clone, Debug)]
#[must_use = "inputs do nothing until a job reads them"]
pub struct JsonLinesInputs {
    path: PathBuf,
    key: Option<String>,
    input_field: Option<String>,
    max_line_bytes: usize,
    encoding: TextEncoding,
}

impl JsonLinesInputs {
    /// Creates inputs from this file. The file is opened when a job reads the inputs.
    pub fn open(path: impl Into<PathBuf>) -> Self {
        let encoding = TextEncoding::default();
        Self { path: path.into(), key: None, input_field: None, max_line_bytes: 16 << 20, encoding }
    }

    /// Sets the field that contains the key of an item: a string or an integer. The default is the
    /// number of the line.
    pub fn key(self, field: impl Into<String>) -> Self {
        Self { key: Some(field.into()), ..self }
    }

    /// Sets the field that contains the input of an item. The default is the whole value.
    pub fn input_field(self, field: impl Into<String>) -> Self {
        Self { input_field: Some(field.into()), ..self }
    }

    /// Sets the maximum length of a line in bytes. The default is 16 MiB. A longer line is a failed
    /// item, and is never in memory.
    pub fn max_line_bytes(self, max_line_bytes: usize) -> Self {
        Self { max_line_bytes, ..self }
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

    fn lines(&self) -> LineItems<'_, impl Fn(&Line<'_>) -> bool> {
        let skips =
            |line: &Line<'_>| matches!(line, Line::Complete(text) if text.trim_ascii().is_empty());
        LineItems {
            path: &self.path,
            encoding: &self.encoding,
            max_bytes: self.max_line_bytes,
            skips,
        }
    }

    fn read_all<T: DeserializeOwned + Send>(&self, feed: &mut Feed<ReadItem<T>>) -> Result<()> {
        let key = |number: u64| match self.key {
            Some(_) => format!("line {number}"),
            None => number.to_string(),
        };
        self.lines().read(feed, |number, line| self.item(number, line), key)
    }

    /// Returns the item of a line, or what was expected.
    fn item<T: DeserializeOwned>(&self, number: u64, line: &str) -> Result<JobItem<T>, String> {
        let value: Value = serde_json::from_str(line).map_err(|error| {
            let reason = error.to_string();
            let reason = reason.split(" at line ").next().unwrap_or_default();
            format!("expected JSON: {reason} at column {}", error.column())
        })?;
        let (key, value) = match (value, &self.key, &self.input_field) {
            (value, None, None) => (number.to_string(), value),
            (Value::Object(object), key, input) => {
                let key = key
                    .as_ref()
                    .map_or_else(|| Ok(number.to_string()), |field| key_field(&object, field))?;
                (key, input_field(object, input.as_deref())?)
            }
            _ => return Err("expected a JSON object".to_owned()),
        };
        let input = typed(value).map_err(|reason| {
            advised(reason, "map", "for the value of one field, set `JsonLinesInputs::input_field`")
        })?;
        Ok(JobItem { key, input })
    }
}

impl<T: DeserializeOwned + Send + 'static> JobInputs<T> for JsonLinesInputs {
    fn read(self: Box<Self>) -> BoxStream<'static, Result<ReadItem<T>>> {
        let path = self.path.clone();
        ThreadStream::new(&path, move |feed| self.read_all(feed)).boxed()
    }

    /// Counts the lines that are not empty.
    fn count(&self) -> BoxFuture<'static, Option<u64>> {
        let inputs = self.clone();
        count_items(self.path.clone(), move |feed| inputs.lines().count(feed)).boxed()
    }

    fn file(&self) -> Option<&Path> {
        Some(&self.path)
    }
}
