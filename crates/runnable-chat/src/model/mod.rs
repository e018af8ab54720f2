//! Chat models, and what a provider writes to be one.

pub(crate) mod about;

mod chat_model;
mod finish_reason;
mod logprob;
mod options;
mod provider;
mod rate_limit;
mod reasoning_effort;
mod response_format;
mod structured_output;
mod text_model;
mod usage;

pub use self::{
    chat_model::ChatModel,
    finish_reason::FinishReason,
    logprob::TokenLogprob,
    options::ChatOptions,
    provider::{ChatProvider, ChatRequest},
    rate_limit::{RateLimit, RateLimitReset},
    reasoning_effort::ReasoningEffort,
    response_format::{ResponseFormat, ResponseSchema},
    text_model::{TextModel, TextProvider, TextRequest},
    usage::{InputTokenDetails, OutputTokenDetails, Usage},
};
