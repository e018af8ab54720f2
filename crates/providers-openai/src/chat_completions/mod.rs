//! The API [Chat Completions](https://platform.openai.com/docs/api-reference/chat), which most
//! services support.

mod audio;
mod block;
mod content;
mod event;
mod fast_path;
mod message;
mod message_body;
mod reader;
mod reasoning;
mod request;
mod shared_index;
mod tool_media;

pub(crate) use self::{reader::CompletionReader, request::body};
