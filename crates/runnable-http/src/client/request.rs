//! [`HttpRequestBuilder`]: a request before it is sent.

use std::{fmt, future::ready, sync::Arc, time::Duration};

use bytes::Bytes;
use reqwest::{
    Method,
    header::{ACCEPT_ENCODING, HeaderMap, HeaderValue},
};
use runnable_core::{Error, ErrorKind, Result, RunContext};
use serde::Serialize;

use super::{
    exchange::Exchange,
    header::{header, is_credential},
    multipart::Multipart,
    retry_policy::HttpRetryPolicy,
    shared::Shared,
    timeouts::HttpTimeouts,
};
use crate::{
    masking::Secret,
    origin::{RequestInfo, Service},
    response::HttpResponse,
    target::Target,
};

/// A request that has not been sent yet. [`send`](Self::send) sends it.
///
/// Created by [`HttpClient::get`](crate::HttpClient::get),
/// [`HttpClient::post`](crate::HttpClient::post), [`HttpClient::delete`](crate::HttpClient::delete)
/// and /// [`HttpClient::request`](crate::HttpClient::request).
#[must_use = "a request does nothing until it is sent"]
pub struct HttpRequestBuilder {
    client: Arc<Shared>,
    method: Method,
    target: Arc<Target>,
    /// The headers of this request, in addition to the headers of the client.
    headers: HeaderMap,
    body: Bytes,
    service: Arc<Service>,
    timeouts: HttpTimeouts,
    retry: Option<HttpRetryPolicy>,
    cx: RunContext,
    /// The first invalid setting, which `send` returns.
    error: Option<Error>,
}

impl HttpRequestBuilder {
    pub(crate) fn new(client: Arc<Shared>, method: Method, path: &str) -> Self {
        let (target, service) = (client.target(path), Arc::clone(&client.service));
        let (timeouts, retry) = (client.timeouts, client.retry);
        let (headers, body, error) = (HeaderMap::new(), Bytes::new(), None);
        let cx = RunContext::default();
        Self { client, method, target, headers, body, service, timeouts, retry, cx, error }
    }

    /// Sets the body to `body`, serialized to JSON.
    pub fn json<T: Serialize + ?Sized>(mut self, body: &T) -> Self {
        match serde_json::to_vec(body) {
            Ok(body) => self.body = body.into(),
            Err(error) => self.fail(Error::wrap(ErrorKind::InvalidInput, error)),
        }
        self
    }

    /// Sets the body to text that is already JSON.
    pub fn body(mut self, json: impl Into<Bytes>) -> Self {
        self.body = json.into();
        self
    }

    /// Sets the body to a form with a file, and the header `content-type` to its type.
    pub fn multipart(mut self, form: Multipart) -> Self {
        let (content_type, body) = form.encode();
        self.body = body;
        self.header("content-type", &content_type)
    }

    /// Sets a header. It replaces a header of the client with the same name.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match header(name, HeaderValue::from_str(value).ok()) {
            Ok((name, mut header)) => {
                if is_credential(&name) {
                    header.set_sensitive(true);
                    Arc::make_mut(&mut self.service).secrets.push_credential(value);
                }
                self.headers.insert(name, header);
            }
            Err(error) => self.fail(error),
        }
        self
    }

    /// Sets a header with a secret value, which does not appear in logs, errors or recordings.
    pub fn secret_header(mut self, name: &str, secret: impl Into<Secret>) -> Self {
        let secret = secret.into();
        match header(name, secret.header("")) {
            Ok((name, value)) => {
                self.headers.insert(name, value);
                Arc::make_mut(&mut self.service).secrets.push(secret);
            }
            Err(error) => self.fail(error),
        }
        self
    }

    /// Asks the service for a response that is not compressed. If a proxy compresses a stream, the
    /// proxy may hold events back until it has enough of them to compress.
    pub(crate) fn uncompressed(mut self) -> Self {
        self.headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        self
    }

    /// Adds a parameter to the query of this request.
    pub fn query(mut self, name: &str, value: &str) -> Self {
        if let Some(mut url) = self.target.url.clone() {
            url.query_pairs_mut().append_pair(name, value);
            self.target = Arc::new(Target::new(url));
        }
        self
    }

    /// Sets the time limits of this request. The default is the time limits of the client.
    pub fn timeouts(mut self, timeouts: HttpTimeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Raises the limit for the [first byte](HttpTimeouts::first_byte) to `limit` if it is less, for
    /// a request whose body takes long to send. The other limits do not change.
    pub fn first_byte_at_least(mut self, limit: Duration) -> Self {
        self.timeouts.first_byte = self.timeouts.first_byte.map(|first_byte| first_byte.max(limit));
        self
    }

    /// Sets the retry policy of this request. The default is the policy of the client.
    ///
    /// A policy that is set here also applies inside a
    /// [`with_retry`](runnable_core::RunnableExt::with_retry).
    pub fn retry_policy(mut self, policy: HttpRetryPolicy) -> Self {
        self.retry = Some(policy);
        self
    }

    /// Sets the run of the step that sends the request.
    ///
    /// The request then has the headers that the listeners of the run
    /// [propagate](RunContext::propagate), such as `traceparent`, unless the request sets them
    /// itself. Each failed attempt is then an event of the run, and the run releases its
    /// concurrency permit during the delay before the next attempt. Unless you set a retry policy,
    /// the request is not retried after an error that an enclosing
    /// [`with_retry`](runnable_core::RunnableExt::with_retry) retries. By default, the request is
    /// not part of a run.
    ///
    /// ```
    /// use runnable_http::HttpClient;
    /// use runnable_core::prelude::*;
    ///
    /// fn search(client: HttpClient) -> impl Runnable<Input = String, Output = String> {
    ///     async_lambda(move |question: String, cx: RunContext| {
    ///         let request = client.get("search").query("q", &question).context(&cx);
    ///         async move { request.send().await?.json::<String>().await }
    ///     })
    /// }
    /// ```
    pub fn context(mut self, cx: &RunContext) -> Self {
        self.cx = cx.clone();
        self
    }

    /// Sends the request, and returns the response as soon as its status and headers have arrived.
    ///
    /// This requires a Tokio runtime with time and I/O enabled.
    ///
    /// # Errors
    ///
    /// Returns an [`ApiError`](crate::ApiError) if the status is not a success. Its kind is in the
    /// [table of this crate](crate#errors). Returns [`Connection`](ErrorKind::Connection) or
    /// [`Timeout`](ErrorKind::Timeout) if there is no response.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the request and closes its connection.
    pub fn send(self) -> impl Future<Output = Result<HttpResponse>> + Send + 'static {
        match self.exchange() {
            Ok(exchange) => exchange.run(),
            Err(error) => Box::pin(ready(Err(error))),
        }
    }

    fn exchange(self) -> Result<Exchange> {
        let Self { client, method, target, headers, body, service, timeouts, retry, cx, error } =
            self;
        match error {
            Some(error) => Err(error),
            None => {
                let origin = RequestInfo::new(method, target, service);
                Ok(Exchange { client, origin, headers, body, timeouts, retry, cx })
            }
        }
    }

    fn fail(&mut self, error: Error) {
        self.error.get_or_insert(error);
    }
}

/// The output does not contain the headers and the query, which may contain a key.
impl fmt::Debug for HttpRequestBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpRequestBuilder")
            .field("method", &self.method)
            .field("path", &self.target.path)
            .finish_non_exhaustive()
    }
}
