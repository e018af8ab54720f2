//! The [Messages API](https://platform.claude.com/docs/en/api/messages) of Anthropic: encodes
//! requests and reads responses. It does no I/O.

mod annotation;
mod assistant;
mod block;
mod content;
mod event;
mod media;
mod message;
mod model_family;
mod open_block;
mod reader;
mod reasoning;
mod refuse;
mod request;
mod tool;
mod usage;

pub use self::{assistant::encode_content, reader::AnthropicReader};
pub(crate) use self::{
    refuse::invalid,
    request::{BETAS, Body},
};
