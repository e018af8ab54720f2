//! Chat models, and what a provider writes to be one.

mod chat_model;
mod finish_reason;
mod options;
mod provider;
mod usage;

pub use self::{
    chat_model::ChatModel,
    finish_reason::FinishReason,
    options::ChatOptions,
    provider::{ChatProvider, ChatRequest},
    usage::Usage,
};
