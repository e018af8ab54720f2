//! Parses the most frequent kind of event in a stream: an event that only adds text.

use std::borrow::Cow;

use serde::{Deserialize, de::IgnoredAny};

use super::pattern::Pattern;
use crate::{
    chat_completions::content::Content,
    wire::{Count, Word},
};

/// An event that adds text to the first choice, and contains nothing else that is new.
///
/// A `TokenEvent` takes a third less time to parse than an
/// [`Answer`](super::super::event::Answer). Parsing fails at the first field that may contain
/// something new. The event must then be parsed as an `Answer`.
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
    /// Random padding that hides the length of the tokens from an eavesdropper.
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

/// The type of a field whose only valid value is `null`: `Option<Never>` has no other value.
#[derive(Debug, Deserialize)]
enum Never {}

impl TokenEvent<'_> {
    /// Returns the pattern of events that differ from this one only in their text.
    pub(crate) fn pattern(&self, event: &str) -> Option<Pattern> {
        match &self.choices.0.delta.content {
            Content::Text(Cow::Borrowed(text)) => Pattern::of(event, text, self.obfuscation.get()),
            _ => None,
        }
    }

    /// Returns the text, or `None` if it is empty or belongs to a choice other than the first.
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
