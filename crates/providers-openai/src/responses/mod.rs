//! [Responses](https://platform.openai.com/docs/api-reference/responses): OpenAI's API whose answers
//! are lists of items.

mod event;
mod input;
mod item;
mod items;
mod kind;
mod known_items;
mod part;
mod reader;
mod request;
mod server_item;

pub(crate) use self::{reader::ResponseReader, request::body};
