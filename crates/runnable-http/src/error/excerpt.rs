//! Long texts, made short enough for a message.

use std::borrow::Cow;

use crate::masking::Secrets;

/// As much of a text as can be shown of one in which all is white space or a secret at first.
pub(crate) const WINDOW: usize = 16 << 10;

/// How a text of a server begins, on one line, without the secrets of the request.
///
/// Secrets are hidden before the text is cut. Otherwise the cut could leave a part of one that is too
/// short to be found. Every text of a server that is cut for a message passes here.
pub(crate) fn masked_excerpt(text: &[u8], most: usize, secrets: &Secrets) -> String {
    let text = String::from_utf8_lossy(&text[..text.len().min(WINDOW)]);
    excerpt(&secrets.mask(&text), most).into_owned()
}

/// The text on one line, cut after `most` bytes or a little before.
pub(crate) fn excerpt(text: &str, most: usize) -> Cow<'_, str> {
    let text = text.trim();
    let mut end = most.min(text.len());
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

/// The title of an HTML page, if this is one that has any.
pub(crate) fn page_title(text: &str) -> Option<&str> {
    let start = find(text, "<title")?;
    let start = start + text[start..].find('>')? + 1;
    let title = &text[start..start + find(&text[start..], "</title")?];
    Some(title.trim()).filter(|title| !title.is_empty())
}

/// Whether this looks like an HTML page.
pub(crate) fn is_page(text: &str) -> bool {
    let start = text.trim_start();
    ["<!doctype html", "<html"]
        .into_iter()
        .any(|tag| start.get(..tag.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(tag)))
}

fn find(text: &str, tag: &str) -> Option<usize> {
    text.as_bytes().windows(tag.len()).position(|part| part.eq_ignore_ascii_case(tag.as_bytes()))
}
