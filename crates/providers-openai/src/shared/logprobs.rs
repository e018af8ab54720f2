//! The log-probabilities of tokens.

use std::borrow::Cow;

use runnable_chat::message::TokenLogprob;
use runnable_http::chat::MAX_TOKENS;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::wire::{List, Slot, Word, fields, parsed};

fields! {
    /// The log-probabilities of a choice.
    pub(crate) struct Logprobs<'a> {
        pub(crate) content: List<Token<'a>, MAX_TOKENS>,
        pub(crate) refusal: List<Token<'a>, MAX_TOKENS>,
    }

    /// One token.
    pub(crate) struct Token<'a> {
        token: Word<'a>,
        logprob: Logprob,
        bytes: Option<&'a RawValue>,
        top_logprobs: List<Token<'a>>,
    }
}

/// A log-probability. A value that is not a finite number is replaced by `UNLIKELY`.
#[derive(Clone, Copy, Debug)]
struct Logprob(f64);

/// The value that OpenAI sends for very unlikely tokens.
const UNLIKELY: f64 = -9999.0;

impl Default for Logprob {
    fn default() -> Self {
        Self(UNLIKELY)
    }
}

impl Slot for Logprob {
    fn put(&mut self, next: Self) {
        *self = next;
    }
}

impl<'de> Deserialize<'de> for Logprob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = <&RawValue>::deserialize(deserializer)?.get().trim_matches('"');
        let number = json.parse().ok().filter(|number: &f64| number.is_finite());
        Ok(number.map_or_else(Self::default, Self))
    }
}

impl From<Token<'_>> for TokenLogprob {
    fn from(token: Token<'_>) -> Self {
        let text = token.token.into_text().map_or_else(String::new, Cow::into_owned);
        let mut read = Self::new(text, token.logprob.0);
        read.bytes = parsed(token.bytes);
        read.top_logprobs = token.top_logprobs.into_iter().map(Self::from).collect();
        read
    }
}
