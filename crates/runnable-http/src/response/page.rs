//! Detects an HTML page that was returned instead of data.

use bytes::Bytes;
use runnable_core::{Error, ErrorKind};

use crate::{
    error::{excerpt, page_title},
    origin::RequestInfo,
};

/// Returns whether a response that starts with these bytes is an HTML page, or `None` if there are
/// too few bytes to decide. A tag at the start means a page, because no data format that this crate
/// reads starts with a tag.
pub(crate) fn begins_as_page(beginning: &[u8]) -> Option<bool> {
    let beginning = beginning.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(beginning);
    match beginning.trim_ascii_start() {
        [] | [b'<'] => None,
        [b'<', after, ..] => Some(after.is_ascii_alphabetic() || b"!?".contains(after)),
        _ => Some(false),
    }
}

/// The start of an HTML page, up to its title.
#[derive(Debug, Default)]
pub(crate) struct Page {
    text: Vec<u8>,
    /// The number of bytes that were searched for the end of the title.
    looked: usize,
    /// Whether the title was found, or can no longer be expected near the start.
    enough: bool,
}

/// The end tag of a title, without its `>`.
const TITLE_END: &[u8] = b"</title";

impl Page {
    /// The number of bytes at the start of a page in which the title is searched for.
    const ENOUGH: usize = 64 << 10;

    /// Adds the next chunk. `piece` is `None` at the end of the response. Returns whether enough
    /// has been read.
    pub(crate) fn push(&mut self, piece: Option<Bytes>) -> bool {
        let Some(piece) = piece else { return true };
        self.text.extend_from_slice(&piece);
        // Search each byte only once, however small the chunks are.
        let from = self.looked.saturating_sub(TITLE_END.len() - 1);
        self.looked = self.text.len();
        let mut windows = self.text[from..].windows(TITLE_END.len());
        self.enough |= self.text.len() >= Self::ENOUGH
            || windows.any(|tag| tag.eq_ignore_ascii_case(TITLE_END));
        self.enough
    }

    /// Returns whether the title was found, or can no longer be expected near the start.
    pub(crate) fn is_enough(&self) -> bool {
        self.enough
    }

    pub(crate) fn error(&self, origin: &RequestInfo, expected: &str) -> Error {
        let text = String::from_utf8_lossy(&self.text);
        let text = origin.mask(&text);
        let title = page_title(&text).map(|title| format!(" ({})", excerpt(title, 200)));
        let message = format!(
            "{} returned an HTML page{} for {origin}, expected {expected}; check the base URL, and \
             whether a proxy or login page is in front of the service",
            origin.host(),
            title.unwrap_or_default()
        );
        origin.failure(ErrorKind::Parse, message)
    }
}
