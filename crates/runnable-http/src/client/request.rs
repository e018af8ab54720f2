//! A request that is being made.

use std::{fmt, future::ready, sync::Arc};

use bytes::Bytes;
use reqwest::{
    Method,
    header::{HeaderMap, HeaderValue},
};
use runnable_core::{Error, ErrorKind, Result, RunContext};
use serde::Serialize;

use super::{
    exchange::Exchange,
    header::{header, is_credential},
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

/// A request that is being made; [`send`](Self::send) sends it.
#[must_use = "a request does nothing until it is sent"]
pub struct HttpRequestBuilder {
    client: Arc<Shared>,
    method: Method,
    target: Arc<Target>,
    /// Those that are not the client's.
    headers: HeaderMap,
    body: Bytes,
    service: Arc<Service>,
    timeouts: HttpTimeouts,
    retry: Option<HttpRetryPolicy>,
    cx: RunContext,
    /// The first thing that was wrong.
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

    /// The body, as JSON.
    pub fn json<T: Serialize + ?Sized>(mut self, body: &T) -> Self {
        match serde_json::to_vec(body) {
            Ok(body) => self.body = body.into(),
            Err(error) => self.fail(Error::wrap(ErrorKind::InvalidInput, error)),
        }
        self
    }

    /// The body, if it is JSON already.
    pub fn body(mut self, json: impl Into<Bytes>) -> Self {
        self.body = json.into();
        self
    }

    /// A header; it replaces the client's of this name.
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

    /// A header that nobody else may see.
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

    /// A name and a value in the query.
    pub fn query(mut self, name: &str, value: &str) -> Self {
        if let Some(mut url) = self.target.url.clone() {
            url.query_pairs_mut().append_pair(name, value);
            self.target = Arc::new(Target::new(url));
        }
        self
    }

    /// The time limits of this request, instead of the client's.
    pub fn timeouts(mut self, timeouts: HttpTimeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// What is tried again of this request, instead of the client's. It holds inside a
    /// [`retry`](runnable_core::RunnableExt::with_retry), too.
    pub fn retry_policy(mut self, policy: HttpRetryPolicy) -> Self {
        self.retry = Some(policy);
        self
    }

    /// Sets the run that makes the request, in a step that sends it.
    ///
    /// The run then has an event for each attempt that failed, gives its permit back while it waits
    /// before the next attempt, and leaves the errors that a
    /// [`retry`](runnable_core::RunnableExt::with_retry) around it acts on to that, unless you set a policy
    /// of your own. Without it, the request is not part of a run.
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

    /// Sends it, and is done when status and headers of a good answer are there. Dropping the
    /// future gives the request up, and closes its connection.
    ///
    /// It needs a tokio runtime, with time and I/O.
    ///
    /// # Errors
    ///
    /// If the service answers with a status that is no success, an
    /// [`ApiError`](crate::ApiError) of the kind that fits: the table is in the
    /// [docs of this crate](crate#errors). If it does not answer, of kind
    /// [`Connection`](ErrorKind::Connection) or [`Timeout`](ErrorKind::Timeout).
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

/// Neither headers nor query, which may hold a key.
impl fmt::Debug for HttpRequestBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpRequestBuilder")
            .field("method", &self.method)
            .field("path", &self.target.path)
            .finish_non_exhaustive()
    }
}
