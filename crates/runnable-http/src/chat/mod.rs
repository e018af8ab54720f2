//! Chat models over HTTP: the traits that a provider implements, and the model that uses them.

mod api_request;
mod bounds;
mod count_tokens;
mod http_chat;
mod model_info;
mod model_page;
mod protocol;
mod reading;
mod unreadable;

pub use self::{
    api_request::ApiRequest,
    bounds::{MAX_CHOICES, MAX_PARTS, MAX_TOKENS, too_many},
    count_tokens::count_tokens,
    http_chat::HttpChatModel,
    model_info::ModelInfo,
    model_page::ModelPage,
    protocol::{ChatProtocol, ChatReader},
    unreadable::unreadable,
};
pub use crate::headers::rate_limits;
