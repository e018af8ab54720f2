//! A page for people, where an answer for programs was expected.

use bytes::Bytes;
use runnable_core::{Error, ErrorKind};

use crate::{
    error::{excerpt, page_title},
    origin::RequestInfo,
};

/// Whether an answer that begins so is a page; `None` if too little of it has come. Nothing that a
/// program can read begins with a tag.
pub(crate) fn begins_as_page(beginning: &[u8]) -> Option<bool> {
    let beginning = beginning.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(beginning);
    match beginning.trim_ascii_start() {
        [] | [b'<'] => None,
        [b'<', after, ..] => Some(after.is_ascii_alphabetic() || b"!?".contains(after)),
        _ => Some(false),
    }
}

/// The beginning of an HTML page, read for its title.
#[derive(Debug, Default)]
pub(crate) struct Page {
    text: Vec<u8>,
    /// The number of bytes in which the end of a title was looked for.
    looked: usize,
    /// Whether the title has come, or stands nowhere near.
    enough: bool,
}

/// What a title ends with.
const TITLE_END: &[u8] = b"</title";

impl Page {
    /// A title stands at the top.
    const ENOUGH: usize = 64 << 10;

    /// Takes the next piece, or the end; says whether that is enough.
    pub(crate) fn push(&mut self, piece: Option<Bytes>) -> bool {
        let Some(piece) = piece else { return true };
        self.text.extend_from_slice(&piece);
        // Each byte is looked at once, however small the pieces are.
        let from = self.looked.saturating_sub(TITLE_END.len() - 1);
        self.looked = self.text.len();
        let mut places = self.text[from..].windows(TITLE_END.len());
        self.enough |=
            self.text.len() >= Self::ENOUGH || places.any(|it| it.eq_ignore_ascii_case(TITLE_END));
        self.enough
    }

    /// Whether the title has come, or stands nowhere near.
    pub(crate) fn is_enough(&self) -> bool {
        self.enough
    }

    pub(crate) fn error(&self, origin: &RequestInfo, instead_of: &str) -> Error {
        let text = String::from_utf8_lossy(&self.text);
        let text = origin.mask(&text);
        let title = page_title(&text).map(|title| format!(" ({})", excerpt(title, 200)));
        let what = format!(
            "{} answered {origin} with an HTML page{}, not with {instead_of}; check the base URL, \
             and whether a proxy or a login stands before the service",
            origin.host(),
            title.unwrap_or_default()
        );
        origin.failure(ErrorKind::Parse, what)
    }
}
