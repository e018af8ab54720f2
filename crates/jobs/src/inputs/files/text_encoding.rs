//! [`TextEncoding`]: the encoding of a text file.

use std::{borrow::Cow, io::Read, path::Path};

use runnable_core::Result;
#[cfg(feature = "encodings")]
use {
    encoding_rs::Encoding,
    encoding_rs_io::DecodeReaderBytesBuilder,
    runnable_core::{Error, ErrorKind},
};

/// What to do with a file that is not in UTF-8.
pub(crate) const NOT_UTF8: &str = "convert the file to UTF-8, or set its encoding";

/// The encoding of a text file. The default is UTF-8, which is checked.
#[derive(Clone, Debug, Default)]
pub(crate) struct TextEncoding {
    /// The label of the encoding.
    #[cfg(feature = "encodings")]
    label: Option<String>,
}

#[cfg(feature = "encodings")]
impl TextEncoding {
    pub(crate) fn named(label: impl Into<String>) -> Self {
        Self { label: Some(label.into()) }
    }

    /// Returns a reader that converts a file to UTF-8. `None` if no encoding was set.
    pub(super) fn decoder<R: Read + Send + 'static>(
        &self,
        path: &Path,
        file: impl FnOnce() -> Result<R>,
    ) -> Result<Option<Box<dyn Read + Send>>> {
        let Some(encoding) = self.find(path)? else { return Ok(None) };
        let mut decoder = DecodeReaderBytesBuilder::new();
        let decoder = decoder.encoding(Some(encoding)).bom_override(true).strip_bom(true);
        Ok(Some(Box::new(decoder.build(file()?))))
    }

    /// Returns the text of a complete file. `None` if no encoding was set.
    pub(crate) fn decoded<'a>(&self, path: &Path, bytes: &'a [u8]) -> Result<Option<Cow<'a, str>>> {
        Ok(self.find(path)?.map(|encoding| encoding.decode(bytes).0))
    }

    fn find(&self, path: &Path) -> Result<Option<&'static Encoding>> {
        let Some(label) = &self.label else { return Ok(None) };
        let encoding = Encoding::for_label(label.as_bytes()).ok_or_else(|| {
            let message = format!(
                "unknown encoding `{label}` of the input `{}`: expected a label such as \
                 `windows-1252` or `utf-16le`",
                path.display()
            );
            Error::new(ErrorKind::InvalidInput, message)
        })?;
        Ok(Some(encoding))
    }
}

/// Without the feature, no encoding can be set.
#[cfg(not(feature = "encodings"))]
impl TextEncoding {
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "as with the feature")]
    pub(super) fn decoder<R>(
        &self,
        _: &Path,
        _: impl FnOnce() -> Result<R>,
    ) -> Result<Option<Box<dyn Read + Send>>> {
        Ok(None)
    }

    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "as with the feature")]
    pub(crate) fn decoded<'a>(&self, _: &Path, _: &'a [u8]) -> Result<Option<Cow<'a, str>>> {
        Ok(None)
    }
}
