//! How likely a token was.

use serde::{Deserialize, Serialize};

/// How likely a token of an answer was, and what would have been likely in its place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TokenLogprob {
    /// The token.
    pub token: String,
    /// The natural logarithm of its probability.
    pub logprob: f64,
    /// The bytes of the token, which need not be whole characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<Vec<u8>>,
    /// The likeliest tokens in its place, the token itself among them if it was one of those.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub top_logprobs: Vec<Self>,
}

impl TokenLogprob {
    /// A token, and the natural logarithm of its probability.
    pub fn new(token: impl Into<String>, logprob: f64) -> Self {
        Self { token: token.into(), logprob, ..Self::default() }
    }
}
