//! The HTTP transport that remote providers of language models share.
//!
//! It does not implement the API of any provider. It contains tables of features that many services
//! have in common but spell differently: the headers of their [rate limits](chat::rate_limits) and
//! request IDs, the codes and messages of their [errors](ApiError), and the [rules](schema) that
//! they publish for JSON schemas.
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
//! | kind | cause |
//! |---|---|
//! | [`Authentication`](runnable_core::ErrorKind::Authentication) | status 401 |
//! | [`PermissionDenied`](runnable_core::ErrorKind::PermissionDenied) | status 402, 403 or 451 |
//! | [`NotFound`](runnable_core::ErrorKind::NotFound) | status 404 or 410; a request that is replayed and has no recording |
//! | [`RateLimit`](runnable_core::ErrorKind::RateLimit) | status 429, with [`retry_after`](runnable_core::Error::retry_after) if the service sends it |
//! | [`ContextLength`](runnable_core::ErrorKind::ContextLength), [`ContentFilter`](runnable_core::ErrorKind::ContentFilter) | an invalid request whose code, type or message names this cause |
//! | [`InvalidRequest`](runnable_core::ErrorKind::InvalidRequest) | any other status from 400 to 499; a redirect |
//! | [`Unavailable`](runnable_core::ErrorKind::Unavailable) | status 409, 425 or 499, or 500 and above |
//! | [`Timeout`](runnable_core::ErrorKind::Timeout) | status 408; a limit of [`HttpTimeouts`], with its [phase](runnable_core::Error::timeout_phase) |
//! | [`Connection`](runnable_core::ErrorKind::Connection) | a connection that failed, or a stream that was cut; not [transient](runnable_core::Error::is_transient): an invalid certificate, a server without TLS, a response that is not HTTP |
//! | [`Parse`](runnable_core::ErrorKind::Parse) | a response that is invalid or too long |
//! | [`InvalidInput`](runnable_core::ErrorKind::InvalidInput) | an invalid request or an invalid setting of the client |
//!
//! The source of an error that the service returned is an [`ApiError`]. Get it with
//! [`downcast_ref`](runnable_core::Error::downcast_ref): it has the status, code, type, message and
//! request ID. [`ApiError::from_json`] reads an error inside a stream and gives it the same kind.
//! Messages name the host, method and path, and contain neither secrets nor the query.
//!
//! # What it does
//!
//! - **Frames**, which are the events or lines of a streamed response, are slices of the received
//!   bytes. They are created by [`SseDecoder`], [`NdjsonDecoder`], or your own [`Decoder`].
//!   Decoders do no I/O.
//! - **Connections** are shared by all clients of the program that have the same certificates,
//!   proxy and connect timeout. A client for each request therefore costs next to nothing. Keys are
//!   not shared, because they are headers of each request.
//! - **Retries** ([`HttpRetryPolicy`]) happen only before the caller receives any part of the
//!   response. A step passes its run with [`context`](HttpRequestBuilder::context). If that run is
//!   inside a [`with_retry`](runnable_core::RunnableExt::with_retry), the `with_retry` then retries
//!   instead.
//! - **Time limits** apply to each phase of a request ([`HttpTimeouts`]). **Size limits** are
//!   [`max_body`](HttpClientBuilder::max_body) and [`max_frame`](HttpClientBuilder::max_frame).
//! - **Secrets** of a request are masked in errors, headers and recordings, in every encoding in
//!   which a server may repeat them. The body of a successful answer is not searched, so that the
//!   content, the ID and the metadata of an answer stay as the service sent them.
//! - **Redirects** are errors that name the target, because a followed redirect could send the key
//!   to another host.
//! - **Dropping** a future, a response or its frames closes the connection.
//! - **Schemas** are rewritten to follow the published rules of a service:
//!   [`SchemaRules`](schema::SchemaRules).
//! - **Reports** ([`HttpReport`]) describe each attempt of a request for listeners: its status, its
//!   times and its sizes.
//! - **Recordings** are written by [`record`](HttpClientBuilder::record) and read by
//!   [`replay`](HttpClientBuilder::replay), or by the environment variables `RUNNABLE_RECORD` and
//!   `RUNNABLE_REPLAY`.
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `gzip` (default) | responses compressed by gzip, which a request then asks for; a streamed chat does not ask for them, because a proxy that compresses may hold events back |
//! | `ring` (default) | the cryptography of TLS by `ring` |
//! | `aws-lc` | the cryptography of TLS by `aws-lc-rs`, with post-quantum key exchange; it takes precedence over `ring` |
//! | `http2` | HTTP/2 where the service offers it |
//!
//! The provider crates and `runnable` have features of the same names. These turn on the features
//! of this crate.

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod chat;
pub mod lenient;
pub mod schema;

mod client;
mod error;
mod headers;
mod masking;
mod millis;
mod offload;
mod origin;
mod record;
mod report;
mod response;
mod target;
mod transport;

/// Runs the code of the README as a documentation test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use crate::{
    client::{
        HttpClient, HttpClientBuilder, HttpRequestBuilder, HttpRetryPolicy, HttpTimeouts, Multipart,
    },
    error::ApiError,
    headers::ContentType,
    masking::Secret,
    origin::RequestInfo,
    report::HttpReport,
    response::{Decoder, Frame, FrameError, Frames, HttpResponse, NdjsonDecoder, SseDecoder},
    transport::{HttpBody, Transport},
};
/// The types of `bytes`, `http` and `reqwest` that are part of this crate's API.
pub use {bytes::Bytes, http, reqwest};
