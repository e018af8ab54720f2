//! [Responses](https://platform.openai.com/docs/api-reference/responses): OpenAI's API whose answers
//! are lists of items.

mod block;
mod block_kind;
mod blocks;
mod event;
mod known_blocks;
mod message;
mod part;
mod reader;
mod request;
mod server_block;

pub(crate) use self::{reader::ResponseReader, request::body};
