//! Chat models over HTTP: what a provider writes of its API, and the model made of it.

mod api;
mod api_request;
mod bounds;
pub(crate) mod date;
pub(crate) mod offload;
mod provider;
mod rate_limits;
mod reading;
mod unreadable;

pub use self::{
    api::{ChatProtocol, ChatReader},
    api_request::ApiRequest,
    bounds::{MAX_CHOICES, MAX_PARTS, MAX_TOKENS, too_many},
    provider::HttpChatModel,
    rate_limits::rate_limits,
    unreadable::unreadable,
};
