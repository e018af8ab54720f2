//! The event that nearly all events of a stream are: one more piece of text.

use std::borrow::Cow;

use serde::{Deserialize, de::IgnoredAny};

use super::pattern::Pattern;
use crate::{
    chat_completions::content::Content,
    wire::{Count, Word},
};

/// An event with a piece of text of the first choice, and with nothing that was not told before.
///
/// It takes a third less time to read than an [`Answer`](super::super::event::Answer). Any other event is
/// refused, by its first field that might say something, and has to be read as that.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenEvent<'a> {
    #[serde(borrow)]
    choices: (TokenChoice<'a>,),
    pub(crate) id: Option<IgnoredAny>,
    pub(crate) model: Option<IgnoredAny>,
    pub(crate) system_fingerprint: Option<IgnoredAny>,
    pub(crate) service_tier: Option<IgnoredAny>,
    pub(crate) provider: Option<IgnoredAny>,
    #[serde(rename = "usage")]
    _usage: Option<Never>,
    #[serde(rename = "object", default)]
    _object: IgnoredAny,
    #[serde(rename = "created", default)]
    _created: IgnoredAny,
    /// Noise, so that nobody can tell the tokens by their lengths.
    #[serde(borrow, default)]
    obfuscation: Word<'a>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenChoice<'a> {
    #[serde(default)]
    index: Count,
    #[serde(borrow)]
    delta: TokenDelta<'a>,
    #[serde(rename = "logprobs")]
    _logprobs: Option<Never>,
    #[serde(rename = "finish_reason")]
    _finish_reason: Option<Never>,
    #[serde(rename = "native_finish_reason")]
    _native_finish_reason: Option<Never>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenDelta<'a> {
    #[serde(borrow)]
    content: Content<'a>,
    #[serde(rename = "role", default)]
    _role: IgnoredAny,
    #[serde(rename = "refusal")]
    _refusal: Option<Never>,
}

/// What may be there only as `null`.
#[derive(Debug, Deserialize)]
enum Never {}

impl TokenEvent<'_> {
    /// What events look like that differ from this one in their text alone.
    pub(crate) fn pattern(&self, event: &str) -> Option<Pattern> {
        match &self.choices.0.delta.content {
            Content::Text(Cow::Borrowed(text)) => Pattern::of(event, text, self.obfuscation.get()),
            _ => None,
        }
    }

    /// The text, unless there is none, or it is not the first choice's.
    pub(crate) fn into_text(self) -> Option<String> {
        let (choice,) = self.choices;
        match choice.delta.content {
            Content::Text(text) if !text.is_empty() && choice.index.or_zero() == 0 => {
                Some(text.into_owned())
            }
            _ => None,
        }
    }
}
