//! Chat models and text models, their options, and the traits that providers implement.

pub(crate) mod batches;
mod chat_model;
mod chat_request;
mod options;
mod provider;
mod reasoning_effort;
mod response_format;
pub(crate) mod step_info;
mod structured_output;
mod text_model;

pub use self::{
    chat_model::ChatModel,
    chat_request::ChatRequest,
    options::ChatOptions,
    provider::ChatProvider,
    reasoning_effort::ReasoningEffort,
    response_format::{ResponseFormat, ResponseSchema},
    structured_output::StructuredOutput,
    text_model::{TextModel, TextProvider, TextRequest},
};
