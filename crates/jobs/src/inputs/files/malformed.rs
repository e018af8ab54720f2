//! [`Malformed`]: the position and the text of an invalid item.

use std::{fmt, path::Path};

use runnable_core::{Error, ErrorKind};

use crate::inputs::ReadItem;

/// The maximum number of bytes of an invalid text that a failed item keeps.
const KEPT: usize = 1 << 16;

/// The maximum number of characters of an invalid text in a message.
const SHOWN: usize = 60;

/// The position and the text of an invalid item.
pub(crate) struct Malformed<'a> {
    pub(crate) path: &'a Path,
    /// Such as `line 17`.
    pub(crate) position: fmt::Arguments<'a>,
    pub(crate) text: &'a [u8],
}

impl Malformed<'_> {
    /// Creates the item. The reason is what was expected and found.
    pub(crate) fn item<U>(self, key: String, reason: impl fmt::Display) -> ReadItem<U> {
        let (path, position) = (self.path.display(), self.position);
        let mut message = format!("invalid {position} of `{path}`: {reason}");
        let text = String::from_utf8_lossy(&self.text[..self.text.len().min(KEPT)]).into_owned();
        if !text.is_empty() {
            message = format!("{message}; it begins with `{}`", shown(&text));
        }
        let error = Error::new(ErrorKind::InvalidInput, message);
        ReadItem::Malformed { key, text, error }
    }
}

/// Returns the beginning of a text as one line.
fn shown(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text.trim_start().chars();
    for char in rest.by_ref().take(SHOWN) {
        shown.push(if char.is_control() { ' ' } else { char });
    }
    if rest.next().is_some() {
        shown.push('…');
    }
    shown
}
