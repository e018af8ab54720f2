//! [`UnknownCost`]: the reason why the cost of a call is unknown.

use std::{error, fmt};

use serde::{Deserialize, Serialize};

/// The reason why the cost of a call is unknown. An unknown cost is never counted as zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum UnknownCost {
    /// The table has no price for tokens of the model.
    UnknownModel,
    /// The model did not report its token usage.
    UnknownUsage,
    /// The token counts contradict each other. For example, there are more cached tokens than input
    /// tokens.
    InconsistentUsage,
    /// Cached audio tokens have their own price, and the usage does not state how many of the
    /// cached tokens are audio tokens.
    UnknownCachedAudio,
}

impl fmt::Display for UnknownCost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownModel => "the prices table has no price for the model",
            Self::UnknownUsage => "the model did not report its token usage",
            Self::InconsistentUsage => "the token counts contradict each other",
            Self::UnknownCachedAudio => {
                "the usage does not state how many of the cached tokens are audio tokens"
            }
        })
    }
}

impl error::Error for UnknownCost {}
