//! The details of an answer besides its content: finish reason, token usage, log-probabilities and
//! rate limits.

mod details;
mod finish_reason;
mod rate_limit;
mod token_logprob;
mod usage;

pub(crate) use self::details::{AnswerDetails, UsageReport};
pub use self::{
    finish_reason::FinishReason,
    rate_limit::{RateLimit, RateLimitReset},
    token_logprob::TokenLogprob,
    usage::{AnswerCacheDetails, InputTokenDetails, OutputTokenDetails, Usage},
};
