//! Encodes requests and decodes responses of Anthropic's [Messages
//! API](https://platform.claude.com/docs/en/api/messages), without I/O.

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
