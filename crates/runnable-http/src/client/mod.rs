//! The client, its requests, and the attempts of each request.

mod builder;
mod carrier;
#[expect(
    clippy::module_inception,
    reason = "the main type of the folder has the same name as the folder"
)]
mod client;
mod exchange;
mod header;
mod request;
mod retry_policy;
mod route;
mod shared;
mod timeouts;

pub use self::{
    builder::HttpClientBuilder, client::HttpClient, request::HttpRequestBuilder,
    retry_policy::HttpRetryPolicy, timeouts::HttpTimeouts,
};
