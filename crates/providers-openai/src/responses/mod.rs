//! [Responses](https://platform.openai.com/docs/api-reference/responses), the API of OpenAI whose
//! responses are lists of items.

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
