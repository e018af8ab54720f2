//! [`TokenCount`]: a number of tokens, and where it comes from.

use std::iter::Sum;

use serde::{Deserialize, Serialize};

/// A number of tokens, and where the number comes from.
///
/// The sum of counts has the least exact source of the counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TokenCount {
    /// The number of tokens.
    pub tokens: u64,
    /// Where the number comes from.
    pub source: CountSource,
}

/// Where a [`TokenCount`] comes from. The most exact source is the smallest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CountSource {
    /// The provider has counted the tokens.
    Provider,
    /// A tokenizer has counted the tokens of the texts. The tokens that separate messages are
    /// assumed.
    Tokenizer,
    /// The number is an estimate from the length of the texts.
    Estimate,
}

impl TokenCount {
    /// Creates a count.
    pub const fn new(tokens: u64, source: CountSource) -> Self {
        Self { tokens, source }
    }

    /// Returns whether the number, or a part of it, is an estimate.
    pub fn is_estimate(self) -> bool {
        self.source == CountSource::Estimate
    }
}

impl Sum for TokenCount {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::new(0, CountSource::Provider), |sum, count| {
            Self::new(sum.tokens.saturating_add(count.tokens), sum.source.max(count.source))
        })
    }
}
