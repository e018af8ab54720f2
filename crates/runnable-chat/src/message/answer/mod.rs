//! What describes an answer besides its content: why it ended, what it took, how likely its tokens
//! were, and how much more the service may be asked.

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
    usage::{InputTokenDetails, OutputTokenDetails, Usage},
};
