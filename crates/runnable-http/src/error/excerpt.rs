//! Shortens long texts for messages.

use std::borrow::Cow;

use crate::masking::Secrets;

/// The number of bytes of a text that are masked for an excerpt. It is larger than the excerpt,
/// because the text may start with white space or secrets, which the excerpt shortens.
pub(crate) const WINDOW: usize = 16 << 10;

/// Returns the start of a text that a server sent, on one line and without the secrets of the
/// request.
///
/// Secrets are masked before the text is cut, because the cut could leave a part of a secret that
/// is too short to be found. Use this function for every text of a server that is cut for a
/// message.
pub(crate) fn masked_excerpt(text: &[u8], limit: usize, secrets: &Secrets) -> String {
    let text = String::from_utf8_lossy(&text[..text.len().min(WINDOW)]);
    excerpt(&secrets.mask(&text), limit).into_owned()
}

/// Returns the text on one line, cut to at most `limit` bytes at a character boundary.
pub(crate) fn excerpt(text: &str, limit: usize) -> Cow<'_, str> {
    let text = text.trim();
    let mut end = limit.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let (shown, more) = (&text[..end], end < text.len());
    if !more && !shown.contains(char::is_control) {
        return Cow::Borrowed(shown);
    }
    let mut line = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    line.retain(|c| !c.is_control());
    if more {
        line.push('…');
    }
    Cow::Owned(line)
}

/// Returns the title of an HTML page, if it has one.
pub(crate) fn page_title(text: &str) -> Option<&str> {
    let start = find(text, "<title")?;
    let start = start + text[start..].find('>')? + 1;
    let title = &text[start..start + find(&text[start..], "</title")?];
    Some(title.trim()).filter(|title| !title.is_empty())
}

/// Returns whether the text starts like an HTML page.
pub(crate) fn is_page(text: &str) -> bool {
    let start = text.trim_start();
    ["<!doctype html", "<html"]
        .into_iter()
        .any(|tag| start.get(..tag.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(tag)))
}

fn find(text: &str, tag: &str) -> Option<usize> {
    text.as_bytes().windows(tag.len()).position(|part| part.eq_ignore_ascii_case(tag.as_bytes()))
}
