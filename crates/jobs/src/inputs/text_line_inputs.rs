//! [`TextLineInputs`]: inputs from the lines of a text file.

use std::path::{Path, PathBuf};

use futures_core::{future::BoxFuture, stream::BoxStream};
use futures_util::{FutureExt, StreamExt};
use runnable_core::Result;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{
    files::{Feed, Line, LineItems, TextEncoding, ThreadStream, advised, count_items, typed},
    job_inputs::JobInputs,
    job_item::JobItem,
    read_item::ReadItem,
};

/// Inputs from the lines of a text file.
///
/// The input of an item is the text of its line. The key of an item is the number of its line.
/// Lines without text are skipped. A line that is not UTF-8 is a failed item, and the job continues.
///
/// # Examples
///
/// ```
/// use futures::StreamExt;
/// use runnable_core::prelude::*;
/// use runnable_jobs::{JobInputs, ReadItem, inputs::TextLineInputs};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("questions.txt");
/// std::fs::write(&path, "How deep is the sea?\nHow far is the moon?\n")?;
///
/// // A job does this.
/// let mut items = Box::new(TextLineInputs::open(&path).name("question")).read();
/// if let Some(ReadItem::<Dict>::Item(item)) = items.next().await.transpose()? {
///     assert_eq!(item.key, "1");
///     assert_eq!(item.input, dict! { question: "How deep is the sea?" });
/// #   return Ok(());
/// }
/// # panic!("no item");
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "inputs do nothing until a job reads them"]
pub struct TextLineInputs {
    path: PathBuf,
    name: Option<String>,
    json_strings: bool,
    keep_empty_lines: bool,
    max_line_bytes: usize,
    encoding: TextEncoding,
}

impl TextLineInputs {
    /// Creates inputs from this file. The file is opened when a job reads the inputs.
    pub fn open(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            name: None,
            json_strings: false,
            keep_empty_lines: false,
            max_line_bytes: 16 << 20,
            encoding: TextEncoding::default(),
        }
    }

    /// Sets the name of the text, for a chain whose input has named values, such as a prompt
    /// template. The input is then a [`Dict`](runnable_core::Dict) with this one value.
    pub fn name(self, name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..self }
    }

    /// Reads a line that begins with `"` as a JSON string, so that a text can contain line breaks.
    /// [`TextLinesOutput`](crate::outputs::TextLinesOutput) writes such lines.
    pub fn json_strings(self) -> Self {
        Self { json_strings: true, ..self }
    }

    /// Keeps lines without text as items.
    pub fn keep_empty_lines(self) -> Self {
        Self { keep_empty_lines: true, ..self }
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

    /// Returns whether a line is not an item. Invalid UTF-8 is text, too.
    fn skips(&self, line: &Line<'_>) -> bool {
        let Line::Complete(text) = line else { return false };
        !self.keep_empty_lines && str::from_utf8(text).is_ok_and(|text| text.trim().is_empty())
    }

    fn lines(&self) -> LineItems<'_, impl Fn(&Line<'_>) -> bool> {
        let skips = |line: &Line<'_>| self.skips(line);
        LineItems {
            path: &self.path,
            encoding: &self.encoding,
            max_bytes: self.max_line_bytes,
            skips,
        }
    }

    fn read_all<T: DeserializeOwned + Send>(&self, feed: &mut Feed<ReadItem<T>>) -> Result<()> {
        let item = |number, line: &_| self.item(number, line);
        self.lines().read(feed, item, |number| number.to_string())
    }

    /// Returns the item of a line, or what was expected.
    fn item<T: DeserializeOwned>(&self, number: u64, line: &str) -> Result<JobItem<T>, String> {
        let text = if self.json_strings && line.starts_with('"') {
            serde_json::from_str(line)
                .map_err(|error| format!("expected a JSON string: {error}"))?
        } else {
            line.to_owned()
        };
        let value = match &self.name {
            Some(name) => Value::Object(Map::from_iter([(name.clone(), Value::String(text))])),
            None => Value::String(text),
        };
        let input = typed(value).map_err(|reason| {
            let advice =
                "for a chain that begins with a prompt template, set `TextLineInputs::name`";
            advised(reason, "string", advice)
        })?;
        Ok(JobItem { key: number.to_string(), input })
    }
}

impl<T: DeserializeOwned + Send + 'static> JobInputs<T> for TextLineInputs {
    fn read(self: Box<Self>) -> BoxStream<'static, Result<ReadItem<T>>> {
        let path = self.path.clone();
        ThreadStream::new(&path, move |feed| self.read_all(feed)).boxed()
    }

    /// Counts the lines that are items.
    fn count(&self) -> BoxFuture<'static, Option<u64>> {
        let inputs = self.clone();
        count_items(self.path.clone(), move |feed| inputs.lines().count(feed)).boxed()
    }

    fn file(&self) -> Option<&Path> {
        Some(&self.path)
    }
}
