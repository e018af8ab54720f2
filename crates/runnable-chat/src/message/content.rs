//! What a message says: blocks, most often one of text.

use std::borrow::Cow;

use super::block::ContentBlock;

/// Text as blocks. An empty text is none.
pub(super) fn content(text: String) -> Vec<ContentBlock> {
    match text.is_empty() {
        true => Vec::new(),
        false => vec![ContentBlock::text(text)],
    }
}

/// The text of all text blocks.
pub(super) fn text_of(content: &[ContentBlock]) -> Cow<'_, str> {
    joined(content.iter().filter_map(|block| match block {
        ContentBlock::Text(block) => Some(block.text.as_str()),
        _ => None,
    }))
}

/// Texts as one, which most often is one of them.
pub(super) fn joined<'a>(mut texts: impl Iterator<Item = &'a str>) -> Cow<'a, str> {
    match (texts.next(), texts.next()) {
        (None, _) => Cow::Borrowed(""),
        (Some(text), None) => Cow::Borrowed(text),
        (Some(first), Some(second)) => [first, second].into_iter().chain(texts).collect(),
    }
}
