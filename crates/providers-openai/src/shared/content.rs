//! The content of a message in a request.

use std::borrow::Cow;

use runnable_chat::ContentBlock;
use runnable_core::Result;
use serde::Serialize;
use serde_json::Value;

/// The content of a message in a request.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum TextOrParts<'a> {
    Text(Cow<'a, str>),
    /// A list of parts, or `null`.
    Other(Value),
}

impl<'a> From<&'a str> for TextOrParts<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

/// Returns a single text block as text, and any other content as a list of parts.
pub(crate) fn text_or_parts(
    blocks: &[ContentBlock],
    part: impl Fn(&ContentBlock) -> Result<Value>,
) -> Result<TextOrParts<'_>> {
    Ok(match blocks {
        [] => "".into(),
        [ContentBlock::Text(block)] => block.text.as_str().into(),
        _ => TextOrParts::Other(blocks.iter().map(part).collect::<Result<Vec<_>>>()?.into()),
    })
}
