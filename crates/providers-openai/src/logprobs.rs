//! How likely tokens were.

use runnable_chat::model::TokenLogprob;
use serde::Deserialize;

use crate::wire::{nullable, parts, tokens};

/// The log-probabilities of a choice.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Logprobs {
    #[serde(deserialize_with = "tokens")]
    pub(crate) content: Vec<Token>,
    #[serde(deserialize_with = "tokens")]
    pub(crate) refusal: Vec<Token>,
}

/// One token.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Token {
    #[serde(deserialize_with = "nullable")]
    token: String,
    #[serde(deserialize_with = "nullable")]
    logprob: f64,
    bytes: Option<Vec<u8>>,
    #[serde(deserialize_with = "parts")]
    top_logprobs: Vec<Self>,
}

impl From<Token> for TokenLogprob {
    fn from(token: Token) -> Self {
        let mut read = Self::new(token.token, token.logprob);
        read.bytes = token.bytes;
        read.top_logprobs = token.top_logprobs.into_iter().map(Self::from).collect();
        read
    }
}
