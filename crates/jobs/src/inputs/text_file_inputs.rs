//! [`TextFileInputs`]: inputs from the text files of a folder.

use std::{borrow::Cow, path::PathBuf};

use futures_core::{future::BoxFuture, stream::BoxStream};
use futures_util::{FutureExt, StreamExt};
use runnable_core::Result;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::{
    files::{
        Feed, Folder, FolderFile, Malformed, TextEncoding, ThreadStream, advised, count_items,
        read_limited, typed, utf8,
    },
    job_inputs::JobInputs,
    job_item::JobItem,
    read_item::ReadItem,
};

/// Inputs from the text files of a folder and the folders in it, such as documents to sum up.
///
/// The key of an item is the path of its file in the folder, with `/` between the names. The input
/// is a [`Dict`](runnable_core::Dict) with this `path` and the `text` of the file. The files are
/// read in the order of their paths, one folder after the other. Files and folders whose name
/// begins with a dot are skipped, and so are links to folders. A file that is not UTF-8 is a failed
/// item, and the job continues.
///
/// # Examples
///
/// ```
/// use futures::StreamExt;
/// use runnable_core::prelude::*;
/// use runnable_jobs::{JobInputs, ReadItem, inputs::TextFileInputs};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let folder = tempfile::tempdir()?;
/// # let folder = folder.path();
/// std::fs::create_dir(folder.join("letters"))?;
/// std::fs::write(folder.join("letters/may.txt"), "Dear Ada, …")?;
///
/// // A job does this.
/// let mut items = Box::new(TextFileInputs::open(folder).extensions(["txt", "md"])).read();
/// if let Some(ReadItem::<Dict>::Item(item)) = items.next().await.transpose()? {
///     assert_eq!(item.key, "letters/may.txt");
///     assert_eq!(item.input, dict! { path: "letters/may.txt", text: "Dear Ada, …" });
/// #   return Ok(());
/// }
/// # panic!("no item");
/// # }
/// ```
#[doc(alias("DirectoryLoader", "TextLoader"))]
#[derive(Clone, Debug)]
#[must_use = "inputs do nothing until a job reads them"]
pub struct TextFileInputs {
    path: PathBuf,
    extensions: Option<Vec<String>>,
    text_only: bool,
    max_file_bytes: usize,
    encoding: TextEncoding,
}

impl TextFileInputs {
    /// Creates inputs from this folder. The folder is opened when a job reads the inputs.
    pub fn open(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            extensions: None,
            text_only: false,
            max_file_bytes: 16 << 20,
            encoding: TextEncoding::default(),
        }
    }

    /// Sets the extensions of the files, such as `txt`, without regard to case. The default is all
    /// files.
    pub fn extensions(self, extensions: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let extensions = extensions.into_iter().map(Into::into);
        let extensions = extensions.map(|name: String| name.trim_start_matches('.').to_owned());
        Self { extensions: Some(extensions.collect()), ..self }
    }

    /// Makes the input of an item the text of its file, without its path.
    pub fn text_only(self) -> Self {
        Self { text_only: true, ..self }
    }

    /// Sets the maximum length of a file in bytes. The default is 16 MiB. A longer file is a failed
    /// item, and is never in memory.
    pub fn max_file_bytes(self, max_file_bytes: usize) -> Self {
        Self { max_file_bytes, ..self }
    }

    /// Sets the encoding of the files. The default is UTF-8, which is checked.
    ///
    /// The label is one of the [Encoding Standard](https://encoding.spec.whatwg.org/#names-and-labels),
    /// such as `windows-1252` for the files of many spreadsheets, or `utf-16le`. A byte order mark in
    /// a file takes precedence. Bytes that are invalid in the encoding become U+FFFD. If the label is
    /// unknown, the job stops with an error.
    #[cfg(feature = "encodings")]
    #[cfg_attr(docsrs, doc(cfg(feature = "encodings")))]
    pub fn encoding(self, label: impl Into<String>) -> Self {
        Self { encoding: TextEncoding::named(label), ..self }
    }

    fn read_all<T: DeserializeOwned + Send>(&self, feed: &mut Feed<ReadItem<T>>) -> Result<()> {
        let mut files = Folder::open(&self.path)?;
        while let Some(file) = files.next()? {
            if feed.is_stopped() {
                break;
            }
            if !self.includes(&file) {
                continue;
            }
            let (item, bytes) = match read_limited(&file.path, self.max_file_bytes, feed)? {
                Ok(bytes) => (self.text(&bytes)?.and_then(|text| self.item(&file, &text)), bytes),
                Err(start) => {
                    (Err(format!("expected at most {} bytes", self.max_file_bytes)), start)
                }
            };
            let item = item.map_or_else(
                |reason| {
                    let (path, position) = (&self.path, format_args!("file `{}`", file.key));
                    Malformed { path, position, text: &bytes }.item(file.key.clone(), reason)
                },
                ReadItem::Item,
            );
            if feed.put(item, bytes.len()).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn includes(&self, file: &FolderFile) -> bool {
        self.extensions.as_ref().is_none_or(|extensions| {
            let found = file.path.extension().and_then(|extension| extension.to_str());
            found
                .is_some_and(|found| extensions.iter().any(|name| name.eq_ignore_ascii_case(found)))
        })
    }

    /// Returns the text of a file, or what was expected.
    ///
    /// # Errors
    ///
    /// Returns an error if the encoding is unknown.
    fn text<'a>(&self, bytes: &'a [u8]) -> Result<Result<Cow<'a, str>, String>> {
        if let Some(text) = self.encoding.decoded(&self.path, bytes)? {
            return Ok(Ok(text));
        }
        let text = utf8(bytes).map(|text| text.strip_prefix('\u{feff}').unwrap_or(text));
        Ok(text.map(Cow::Borrowed))
    }

    /// Returns the item of a file, or what was expected.
    fn item<T: DeserializeOwned>(
        &self,
        file: &FolderFile,
        text: &str,
    ) -> Result<JobItem<T>, String> {
        if !file.is_named_in_utf8 {
            return Err("expected a file name in UTF-8".to_owned());
        }
        let value =
            if self.text_only { json!(text) } else { json!({ "path": file.key, "text": text }) };
        let input = typed(value).map_err(|reason| {
            advised(reason, "map", "for the text alone, set `TextFileInputs::text_only`")
        })?;
        Ok(JobItem { key: file.key.clone(), input })
    }

    fn count_all(&self, feed: &Feed<u64>) -> Result<u64> {
        let mut files = Folder::open(&self.path)?;
        let mut count = 0;
        while let Some(file) = files.next()?.filter(|_| !feed.is_stopped()) {
            count += u64::from(self.includes(&file));
        }
        Ok(count)
    }
}

impl<T: DeserializeOwned + Send + 'static> JobInputs<T> for TextFileInputs {
    fn read(self: Box<Self>) -> BoxStream<'static, Result<ReadItem<T>>> {
        let path = self.path.clone();
        ThreadStream::new(&path, move |feed| self.read_all(feed)).boxed()
    }

    /// Counts the files.
    fn count(&self) -> BoxFuture<'static, Option<u64>> {
        let inputs = self.clone();
        count_items(self.path.clone(), move |feed| inputs.count_all(feed)).boxed()
    }
}
