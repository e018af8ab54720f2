//! Log-probabilities of tokens.

use serde::{Deserialize, Serialize};

/// The log-probability of a token in an answer, and the most likely alternatives.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TokenLogprob {
    /// The token.
    pub token: String,
    /// The natural logarithm of the token's probability.
    pub logprob: f64,
    /// The UTF-8 bytes of the token. A token can start or end inside a character.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<Vec<u8>>,
    /// The most likely tokens at this position. The token itself is in the list if it is one of the
    /// most likely.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub top_logprobs: Vec<Self>,
}

impl TokenLogprob {
    /// Creates an entry for `token`. `logprob` is the natural logarithm of the token's probability.
    pub fn new(token: impl Into<String>, logprob: f64) -> Self {
        Self { token: token.into(), logprob, ..Self::default() }
    }
}
