//! The HTTP transport that providers of language models share.
//!
//! It does not implement the API of any provider. It knows what the services have in common and spell
//! differently, as tables: the headers of their [rate limits](chat::rate_limits) and request ids, the
//! codes and words of their [errors](ApiError), and their published [rules](schema) for JSON schemas.
//!
//! ```no_run
//! use runnable_http::{ApiError, HttpClient, Secret};
//! use runnable_core::{ErrorKind, Result};
//! use serde_json::{Value, json};
//!
//! # #[tokio::main]
//! # async fn main() -> Result<()> {
//! let client = HttpClient::builder("https://api.example.org/v1")
//!     .bearer_auth(Secret::from_env("EXAMPLE_API_KEY")?)
//!     .hint(ErrorKind::Authentication, "set EXAMPLE_API_KEY to a valid key")
//!     .build()?;
//!
//! let body = json!({"model": "small", "stream": true, "messages": []});
//! let mut events = client.post("chat/completions").json(&body).send().await?.sse();
//! while let Some(event) = events.next().await {
//!     let event = event?;
//!     if event.data() == "[DONE]" {
//!         break;
//!     }
//!     let chunk: Value = event.json()?;
//!     if chunk.get("error").is_some() {
//!         return Err(events.origin().error(ApiError::from_json(&chunk)));
//!     }
//!     println!("{chunk}");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Errors
//!
//! | kind | when |
//! |---|---|
//! | [`Authentication`](runnable_core::ErrorKind::Authentication) | 401 |
//! | [`Permission`](runnable_core::ErrorKind::PermissionDenied) | 402, 403, 451 |
//! | [`NotFound`](runnable_core::ErrorKind::NotFound) | 404, 410; no recording of the request |
//! | [`RateLimit`](runnable_core::ErrorKind::RateLimit) | 429, with [`retry_after`](runnable_core::Error::retry_after) if the service says so |
//! | [`ContextLength`](runnable_core::ErrorKind::ContextLength), [`ContentFilter`](runnable_core::ErrorKind::ContentFilter) | a wrong request of which code, type or message say so |
//! | [`InvalidRequest`](runnable_core::ErrorKind::InvalidRequest) | any other status from 400 on; a redirect |
//! | [`Unavailable`](runnable_core::ErrorKind::Unavailable) | 409, 425, 499, and from 500 on |
//! | [`Timeout`](runnable_core::ErrorKind::Timeout) | 408; a limit of [`HttpTimeouts`], with its [phase](runnable_core::Error::timeout_phase) |
//! | [`Connection`](runnable_core::ErrorKind::Connection) | no connection, or one that broke; a stream that was cut; not [transient](runnable_core::Error::is_transient): an invalid certificate, no TLS, an answer that is not HTTP |
//! | [`Parse`](runnable_core::ErrorKind::Parse) | an answer that is not what it should be, or is too long |
//! | [`InvalidInput`](runnable_core::ErrorKind::InvalidInput) | a request or a client that cannot be made |
//!
//! What the service said is an [`ApiError`], by
//! [`downcast_ref`](runnable_core::Error::downcast_ref): its status, code, type, message, and the
//! name it gave the request. An error inside a stream is classed alike, by
//! [`ApiError::from_json`]. Messages name host, method and path; they hold no secret and no query.
//!
//! # What else it does
//!
//! - **Frames** are slices of what the network gave: [`SseDecoder`], [`NdjsonDecoder`], or a
//!   [`Decoder`] of your own. They do no I/O.
//! - **Connections** are shared by all clients of the program that have the same certificates, proxy
//!   and limit for connecting, so that a client for each request costs next to nothing. Keys are not
//!   shared: they are headers of their requests.
//! - **Retries** happen only while nothing of the answer was given out: [`HttpRetryPolicy`]. A step says by
//!   [`context`](HttpRequestBuilder::context) which run makes the request; a
//!   [`retry`](runnable_core::RunnableExt::with_retry) around that run then takes over.
//! - **Limits** of time, phase by phase: [`HttpTimeouts`]; of size:
//!   [`max_body`](HttpClientBuilder::max_body), [`max_frame`](HttpClientBuilder::max_frame).
//! - **Secrets** of a request are masked in errors, headers and recordings, in whatever encoding a
//!   server repeats them. The content of an answer is not searched.
//! - **Redirects** are errors that name the target: a key must not follow them.
//! - **Dropping** a future, an answer or its frames closes the connection.
//! - **Schemas** are rewritten to keep to the published rules of a service:
//!   [`SchemaRules`](schema::SchemaRules).
//! - **Recordings**: [`record`](HttpClientBuilder::record), [`replay`](HttpClientBuilder::replay),
//!   or the environment variables `RUNNABLE_RECORD` and `RUNNABLE_REPLAY`.
//!
//! # Features
//!
//! `ring` (default) and `aws-lc` choose the cryptography of TLS; `gzip` (default) reads compressed
//! answers, for which it does not ask; `http2` uses HTTP/2 where the service offers it.

pub mod chat;
pub mod lenient;
pub mod schema;

mod client;
mod error;
mod headers;
mod masking;
mod offload;
mod origin;
mod record;
mod response;
mod target;
mod transport;

/// The code in the README compiles and runs, as a test of the docs.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use crate::{
    client::{HttpClient, HttpClientBuilder, HttpRequestBuilder, HttpRetryPolicy, HttpTimeouts},
    error::ApiError,
    headers::ContentType,
    masking::Secret,
    origin::RequestInfo,
    response::{Decoder, Frame, FrameError, Frames, HttpResponse, NdjsonDecoder, SseDecoder},
    transport::{HttpBody, Transport},
};
/// The types of `bytes`, `http` and `reqwest` that are part of this crate's API.
pub use {bytes::Bytes, http, reqwest};
