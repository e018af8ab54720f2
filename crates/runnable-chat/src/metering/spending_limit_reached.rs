//! [`SpendingLimitReached`]: the reason why a spending limit stopped a call.

use std::{error, fmt};

use super::{cost_sum::CostSum, model_id::ModelId};
use crate::pricing::{Cost, UnknownCost};

/// The reason why a [`SpendingLimit`](super::SpendingLimit) stopped a call.
///
/// [`Error::downcast_ref`](runnable_core::Error::downcast_ref) returns it from an error of kind
/// [`SpendingLimit`](runnable_core::ErrorKind::SpendingLimit).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SpendingLimitReached {
    /// The models have used the allowed number of tokens.
    #[non_exhaustive]
    Tokens {
        /// The allowed number of tokens.
        limit: u64,
        /// The number of input and output tokens that were used.
        used: u64,
    },
    /// The models have cost the allowed amount.
    #[non_exhaustive]
    Cost {
        /// The allowed amount.
        limit: Cost,
        /// The cost of all calls that have ended.
        spent: CostSum,
    },
    /// The cost is limited, and the cost of a call is unknown.
    #[non_exhaustive]
    UnknownCost {
        /// The model that was called.
        model: ModelId,
        /// The reason why the cost is unknown.
        reason: UnknownCost,
    },
}

impl fmt::Display for SpendingLimitReached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tokens { limit, used } => write!(
                f,
                "token limit of {limit} reached: the models have used {used} tokens; raise the limit \
                 with `SpendingLimit::max_tokens` if this is intended"
            ),
            Self::Cost { limit, spent } => write!(
                f,
                "cost limit of {limit} reached: the models have cost {spent}; raise the limit with \
                 `SpendingLimit::max_cost` if this is intended"
            ),
            Self::UnknownCost { model, reason } => write!(
                f,
                "cannot limit the cost of `{model}`: {reason}; add its price with \
                 `Prices::with_model`, or call `SpendingLimit::allow_unknown_costs`"
            ),
        }
    }
}

impl error::Error for SpendingLimitReached {}
