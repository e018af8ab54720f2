//! A page for people, where an answer for programs was expected.

use bytes::Bytes;
use runnable_core::{Error, ErrorKind};

use crate::{
    error::{excerpt, page_title},
    origin::Origin,
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
pub(crate) struct Page(Vec<u8>);

impl Page {
    /// A title stands at the top.
    const ENOUGH: usize = 64 << 10;

    /// Takes the next piece, or the end; says whether that is enough.
    pub(crate) fn push(&mut self, piece: Option<Bytes>) -> bool {
        let Some(piece) = piece else { return true };
        self.0.extend_from_slice(&piece);
        self.is_enough()
    }

    /// Whether the title has come, or stands nowhere near.
    pub(crate) fn is_enough(&self) -> bool {
        self.0.len() >= Self::ENOUGH || page_title(&String::from_utf8_lossy(&self.0)).is_some()
    }

    pub(crate) fn error(&self, origin: &Origin, instead_of: &str) -> Error {
        let text = String::from_utf8_lossy(&self.0);
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
