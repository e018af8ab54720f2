//! A transport with a single response.

use std::future::{Future, ready};

use runnable_core::Result;
use runnable_http::{Bytes, HttpBody, Transport, http};

/// Returns this body for each request.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) body: String,
    pub(crate) is_streamed: bool,
}

impl Transport for Reply {
    fn send(
        &self,
        _: http::Request<Bytes>,
    ) -> std::pin::Pin<Box<dyn Future<Output = Result<http::Response<HttpBody>>> + Send>> {
        let kind = if self.is_streamed { "text/event-stream" } else { "application/json" };
        let response = http::Response::builder().header("content-type", kind);
        let response = response.body(HttpBody::from(self.body.clone()));
        Box::pin(ready(Ok(response.expect("a valid response"))))
    }
}
