//! [Chat Completions](https://platform.openai.com/docs/api-reference/chat): the API that most
//! services speak.

mod answer;
mod audio;
mod choice;
mod content;
mod message;
mod pattern;
mod reader;
mod reasoning;
mod request;
mod shared_index;
mod token;
mod tool_media;
mod wire_message;

pub(crate) use self::{reader::CompletionReader, request::body};
