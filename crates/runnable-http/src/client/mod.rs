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
mod multipart;
mod request;
mod retry_policy;
mod route;
mod shared;
mod timeouts;

pub use self::{
    builder::HttpClientBuilder, client::HttpClient, multipart::Multipart,
    request::HttpRequestBuilder, retry_policy::HttpRetryPolicy, timeouts::HttpTimeouts,
};
