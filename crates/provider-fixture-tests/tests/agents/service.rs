//! A transport with the responses of a service to an agent.

use std::{
    future::{Future, ready},
    pin::Pin,
    sync::{Arc, Mutex},
};

use runnable_core::Result;
use runnable_http::{Bytes, HttpBody, Transport, http};
use serde_json::Value;

/// Returns one response after another, streamed if the request asks for it, and stores the requests.
#[derive(Clone)]
pub(crate) struct Service {
    responses: fn(bool) -> [String; 2],
    requests: Arc<Mutex<Vec<Value>>>,
}

impl Service {
    /// Creates a service with these responses. The argument of the function says whether they are
    /// streamed.
    pub(crate) fn new(responses: fn(bool) -> [String; 2]) -> Self {
        Self { responses, requests: Arc::default() }
    }

    /// Returns the bodies of the requests.
    pub(crate) fn requests(&self) -> Vec<Value> {
        self.requests.lock().unwrap().clone()
    }

    /// Returns for each request whether it asked for a stream.
    pub(crate) fn streamed(&self) -> Vec<bool> {
        self.requests().iter().map(|request| request["stream"] == true).collect()
    }
}

impl Transport for Service {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<http::Response<HttpBody>>> + Send>> {
        let request: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        let is_streamed = request["stream"] == true;
        let mut requests = self.requests.lock().unwrap();
        let body = (self.responses)(is_streamed)[requests.len().min(1)].clone();
        requests.push(request);
        let kind = if is_streamed { "text/event-stream" } else { "application/json" };
        let response = http::Response::builder().header("content-type", kind);
        Box::pin(ready(Ok(response.body(HttpBody::from(body)).expect("a valid response"))))
    }
}
