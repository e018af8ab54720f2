//! Chat models over HTTP: what a provider writes of its API, and the model made of it.

mod api;
mod api_request;
pub(crate) mod date;
mod provider;
mod rate_limits;
mod reading;

pub use self::{
    api::{ChatApi, ChatReader},
    api_request::ApiRequest,
    provider::HttpChat,
    rate_limits::rate_limits,
};
