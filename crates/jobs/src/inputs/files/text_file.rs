//! [`open_text`]: a file with text.

use std::{
    fs::File,
    io::{self, BufReader, Cursor, Read},
    path::Path,
};

use runnable_core::{Error, ErrorKind, Result};

use super::{
    feed::Feed,
    text_encoding::{NOT_UTF8, TextEncoding},
};

/// A file with text in UTF-8, without its byte order mark.
pub(crate) type TextFile = BufReader<Box<dyn Read + Send>>;

/// The number of bytes that are read at once.
const BUFFER: usize = 1 << 16;

/// The mark at the beginning of some files in UTF-8.
const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// Opens a file that contains text, and skips its byte order mark. If no encoding is set, the text
/// should be in UTF-8.
///
/// # Errors
///
/// Returns an error if the file cannot be read, if the encoding is unknown, or if a file without an
/// encoding begins as a file in UTF-16 or a compressed file does. Otherwise, each of its lines would
/// be an invalid item.
pub(crate) fn open_text<U: Send>(
    path: &Path,
    encoding: &TextEncoding,
    feed: &Feed<U>,
) -> Result<TextFile> {
    let open = || File::open(path).map_err(|error| read_failed(path, error));
    if let Some(text) = encoding.decoder(path, || Ok(feed.watched(open()?)))? {
        return Ok(BufReader::with_capacity(BUFFER, text));
    }
    let mut file = feed.watched(open()?);
    let mut start = Vec::new();
    file.by_ref().take(3).read_to_end(&mut start).map_err(|error| read_failed(path, error))?;
    if let Some((found, action)) = other_format(&start) {
        let message = format!(
            "unsupported input `{}`: expected text in UTF-8, found {found}; {action}",
            path.display()
        );
        return Err(Error::new(ErrorKind::InvalidInput, message));
    }
    if start == BYTE_ORDER_MARK {
        start.clear();
    }
    Ok(BufReader::with_capacity(BUFFER, Box::new(Cursor::new(start).chain(file))))
}

fn other_format(start: &[u8]) -> Option<(&'static str, &'static str)> {
    match start {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some(("UTF-16", NOT_UTF8)),
        [0x1f, 0x8b, ..] => Some(("data that is compressed with gzip", "decompress the file")),
        _ => None,
    }
}

/// Returns the error for a file that cannot be read.
pub(crate) fn read_failed(path: &Path, error: io::Error) -> Error {
    let message = format!("failed to read the input `{}`: {error}", path.display());
    Error::new(ErrorKind::Other, message).with_source(error)
}
