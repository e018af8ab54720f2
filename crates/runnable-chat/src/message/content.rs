//! Converts between text and content blocks.

use std::borrow::Cow;

use super::block::ContentBlock;

/// Returns a list with one text block, or an empty list if the text is empty.
pub(super) fn content(text: String) -> Vec<ContentBlock> {
    if text.is_empty() { Vec::new() } else { vec![ContentBlock::text(text)] }
}

/// Joins the text of all text blocks.
pub(super) fn text_of(content: &[ContentBlock]) -> Cow<'_, str> {
    joined(content.iter().filter_map(|block| match block {
        ContentBlock::Text(block) => Some(block.text.as_str()),
        _ => None,
    }))
}

/// Joins texts without a separator. In the usual case of a single text, the text is borrowed.
pub(super) fn joined<'a>(mut texts: impl Iterator<Item = &'a str>) -> Cow<'a, str> {
    match (texts.next(), texts.next()) {
        (None, _) => Cow::Borrowed(""),
        (Some(text), None) => Cow::Borrowed(text),
        (Some(first), Some(second)) => [first, second].into_iter().chain(texts).collect(),
    }
}
