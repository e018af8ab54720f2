//! The API [Responses](https://platform.openai.com/docs/api-reference/responses) of OpenAI, in
//! which a response is a list of items.

mod block;
mod block_kind;
mod blocks;
mod count;
mod event;
mod known_blocks;
mod message;
mod part;
mod reader;
mod request;
mod second_start;
mod server_block;

pub(crate) use self::{count::count_body, reader::ResponseReader, request::body};
