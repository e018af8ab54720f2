//! Chat models and text models, their options, and the traits that providers implement.

mod chat_model;
mod options;
mod provider;
mod reasoning_effort;
mod response_format;
pub(crate) mod step_info;
mod structured_output;
mod text_model;

pub use self::{
    chat_model::ChatModel,
    options::ChatOptions,
    provider::{ChatProvider, ChatRequest},
    reasoning_effort::ReasoningEffort,
    response_format::{ResponseFormat, ResponseSchema},
    structured_output::StructuredOutput,
    text_model::{TextModel, TextProvider, TextRequest},
};
