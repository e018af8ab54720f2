//! [Anthropic's Messages API](https://platform.claude.com/docs/en/api/messages) as plain data: how a
//! request is written and an answer read. It does no I/O.
//!
//! Gateways and other clouds that speak it can be reached with [`anthropic`](crate::anthropic()) and
//! a base URL. Where that does not do, such as for another way of signing requests, make a model of
//! [`Messages`] and a client:
//!
//! ```
//! use providers_anthropic::messages::Messages;
//! use runnable_http::{HttpClient, chat::HttpChatModel};
//! use runnable_chat::prelude::*;
//!
//! # fn main() -> Result<()> {
//! let client = HttpClient::builder("https://gateway.example/anthropic").build()?;
//! let api = Messages::new("claude-sonnet-4-5");
//! let model = ChatModel::new(HttpChatModel::new(api, client, "gateway", "claude-sonnet-4-5"));
//! # Ok(())
//! # }
//! ```

mod api;
mod assistant;
mod block;
mod blocks;
mod citation;
mod event;
mod family;
mod media;
mod message;
mod open_block;
mod reader;
mod request;
mod thinking;
mod tool;
mod usage;

pub use self::{api::AnthropicProtocol, assistant::content, reader::AnthropicReader};
