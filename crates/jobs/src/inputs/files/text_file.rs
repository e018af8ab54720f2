//! [`open_text`]: a file with text.

use std::{
    fs::File,
    io::{self, BufReader, Chain, Cursor, Read},
    path::Path,
};

use runnable_core::{Error, ErrorKind, Result};

use super::feed::{Feed, WatchedFile};

/// A file with text, without its byte order mark.
pub(crate) type TextFile = BufReader<Chain<Cursor<Vec<u8>>, WatchedFile>>;

/// The mark at the beginning of some files in UTF-8.
const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// Opens a file that should contain text in UTF-8. Skips the byte order mark.
///
/// # Errors
///
/// Returns an error if the file cannot be read, or begins as a file in UTF-16 or a compressed file
/// does. Otherwise, each of its lines would be an invalid item.
pub(crate) fn open_text<U: Send>(path: &Path, feed: &Feed<U>) -> Result<TextFile> {
    let file = File::open(path).map_err(|error| read_failed(path, error))?;
    let mut file = feed.watched(file);
    let mut start = Vec::new();
    file.by_ref().take(3).read_to_end(&mut start).map_err(|error| read_failed(path, error))?;
    if let Some((found, action)) = other_format(&start) {
        let message = format!(
            "unsupported input `{}`: expected text in UTF-8, found {found}; {action} the file",
            path.display()
        );
        return Err(Error::new(ErrorKind::InvalidInput, message));
    }
    if start == BYTE_ORDER_MARK {
        start.clear();
    }
    Ok(BufReader::with_capacity(1 << 16, Cursor::new(start).chain(file)))
}

fn other_format(start: &[u8]) -> Option<(&'static str, &'static str)> {
    match start {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some(("UTF-16", "convert")),
        [0x1f, 0x8b, ..] => Some(("data that is compressed with gzip", "decompress")),
        _ => None,
    }
}

/// Returns the error for a file that cannot be read.
pub(crate) fn read_failed(path: &Path, error: io::Error) -> Error {
    let message = format!("failed to read the input `{}`: {error}", path.display());
    Error::new(ErrorKind::Other, message).with_source(error)
}
