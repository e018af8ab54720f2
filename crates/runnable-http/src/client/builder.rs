//! How a client is made.

use std::{fmt, path::PathBuf, sync::Arc};

use reqwest::{
    Url,
    header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue, USER_AGENT},
};
use runnable_core::{Error, ErrorKind, Result};

use super::{
    carrier::Carrier,
    client::HttpClient,
    header::{header, is_credential},
    retry_policy::HttpRetryPolicy,
    shared::Shared,
    timeouts::HttpTimeouts,
};
use crate::{
    masking::Secret,
    origin::Service,
    response::FRAME_LIMIT,
    target::Targets,
    transport::{Proxy, Transport},
};

/// Makes an [`HttpClient`].
///
/// ```
/// # use std::time::Duration;
/// use runnable_http::{HttpClient, Secret, HttpTimeouts};
/// use runnable_core::ErrorKind;
///
/// # fn main() -> runnable_core::Result<()> {
/// let client = HttpClient::builder("https://api.example.org/v1")
///     .bearer_auth(Secret::new("sk-123"))
///     .header("x-version", "2023-06-01")
///     .timeouts(HttpTimeouts::default().idle(Duration::from_secs(30)))
///     .hint(ErrorKind::Authentication, "set EXAMPLE_API_KEY to a valid key")
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a builder does nothing until it is built"]
pub struct HttpClientBuilder {
    base: String,
    headers: HeaderMap,
    query: Vec<(String, String)>,
    service: Service,
    timeouts: HttpTimeouts,
    retry: Option<HttpRetryPolicy>,
    max_body: usize,
    max_frame: usize,
    proxy: Proxy,
    carrier: Carrier,
    record: Option<PathBuf>,
    /// The first thing that was wrong.
    error: Option<Error>,
}

impl HttpClient {
    /// A client of the service at this URL, with all defaults.
    ///
    /// # Errors
    ///
    /// As [`HttpClientBuilder::build`].
    pub fn new(base_url: &str) -> Result<Self> {
        Self::builder(base_url).build()
    }

    /// A client of the service at this URL, such as `https://api.example.org/v1`.
    pub fn builder(base_url: &str) -> HttpClientBuilder {
        HttpClientBuilder::new(base_url)
    }
}

impl HttpClientBuilder {
    pub(crate) fn new(base: &str) -> Self {
        let agent = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
        let headers = [
            (USER_AGENT, HeaderValue::from_static(agent)),
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
            // Else it is added to each request anew.
            (ACCEPT, HeaderValue::from_static("*/*")),
        ];
        Self {
            base: base.to_owned(),
            headers: headers.into_iter().collect(),
            query: Vec::new(),
            service: Service::default(),
            timeouts: HttpTimeouts::default(),
            retry: None,
            max_body: 64 << 20,
            max_frame: FRAME_LIMIT,
            proxy: Proxy::System,
            carrier: Carrier::Default,
            record: None,
            error: None,
        }
    }

    /// A header of every request.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match header(name, HeaderValue::from_str(value).ok()) {
            Ok((name, mut header)) => {
                if is_credential(&name) {
                    header.set_sensitive(true);
                    self.service.secrets.push_credential(value);
                }
                self.headers.insert(name, header);
            }
            Err(error) => self.fail(error),
        }
        self
    }

    /// A header of every request that nobody else may see: neither logs nor errors nor recordings.
    pub fn secret_header(self, name: &str, secret: impl Into<Secret>) -> Self {
        self.prefixed(name, "", secret.into())
    }

    /// `authorization: Bearer …`, with a secret.
    pub fn bearer_auth(self, secret: impl Into<Secret>) -> Self {
        self.prefixed("authorization", "Bearer ", secret.into())
    }

    fn prefixed(mut self, name: &str, prefix: &str, secret: Secret) -> Self {
        match header(name, secret.header(prefix)) {
            Ok((name, value)) => {
                self.headers.insert(name, value);
                self.service.secrets.push(secret);
            }
            Err(error) => self.fail(error),
        }
        self
    }

    /// A name and a value in the query of every request.
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// A name and a secret in the query of every request. Prefer a header, if the service has one:
    /// proxies log URLs.
    pub fn secret_query(mut self, name: &str, secret: impl Into<Secret>) -> Self {
        let secret = secret.into();
        self.query.push((name.into(), secret.expose().into()));
        self.service.secrets.push(secret);
        self
    }

    /// What the client calls itself; by default this crate and its version.
    pub fn user_agent(self, agent: &str) -> Self {
        self.header("user-agent", agent)
    }

    /// What to do about errors of this class. It is added to their messages.
    pub fn hint(mut self, kind: ErrorKind, hint: impl Into<String>) -> Self {
        self.service.hints.push((kind, hint.into()));
        self
    }

    /// The time limits of every request.
    pub fn timeouts(mut self, timeouts: HttpTimeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// What is tried again, and when. A policy that is set here holds inside a
    /// [`retry`](runnable_core::RunnableExt::with_retry), too, so attempts multiply; the default one
    /// leaves the errors that the `retry` acts on to it.
    pub fn retry_policy(mut self, policy: HttpRetryPolicy) -> Self {
        self.retry = Some(policy);
        self
    }

    /// Sets the most bytes of an answer that is read as a whole. The default is 64 MiB.
    ///
    /// It also limits an answer that comes as a stream though no stream was asked for, and counts
    /// both the bytes that came and the bytes that they are without their compression.
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// The most bytes of a frame: 32 MiB, unless said otherwise.
    pub fn max_frame(mut self, bytes: usize) -> Self {
        self.max_frame = bytes;
        self
    }

    /// Sends all requests through the proxy at this URL, of the scheme `http` or `https`, and not through
    /// those that the environment names when the client is built (`HTTPS_PROXY`, `HTTP_PROXY`,
    /// `ALL_PROXY`, `NO_PROXY`).
    pub fn proxy(mut self, url: &str) -> Self {
        self.proxy = Proxy::Url(url.to_owned());
        self
    }

    /// Sends all requests directly, whatever the environment says.
    pub fn no_proxy(mut self) -> Self {
        self.proxy = Proxy::None;
        self
    }

    /// Takes a client of your own, with its proxies, its limit for connecting, its certificates and
    /// its redirects: by those, headers may reach another host.
    pub fn reqwest(mut self, client: reqwest::Client) -> Self {
        self.carrier = Carrier::Reqwest(client);
        self
    }

    /// Takes a transport of your own.
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.carrier = Carrier::Transport(Arc::new(transport));
        self
    }

    /// Writes each request and its answer into a new folder of this one, for
    /// [`replay`](Self::replay).
    ///
    /// Each attempt is one case: `request.json` has method, path and body; `response.json` status
    /// and the headers that matter; `response.body` the bytes as they came, up to where the reader
    /// dropped them or they broke. Of the headers of the request nothing is written, and secrets are
    /// masked, so a body that was compressed is written as it was before. The environment variable
    /// `RUNNABLE_RECORD` does the same for every client.
    ///
    /// A thread writes the recording while the answer comes. The name of its folder ends in `.part`
    /// until it is complete, and the folders are numbered in the order of the calls.
    pub fn record(mut self, folder: impl Into<PathBuf>) -> Self {
        self.record = Some(folder.into());
        self
    }

    /// Answers requests from the recordings in this folder and those in it, without the network.
    ///
    /// A request gets the answer of the recording that has its method, path, query and body; if
    /// there are several, in the order of their numbers and then of their names, the last again and
    /// again. A recording that is not complete, because its program was killed, is skipped with a
    /// warning. The environment variable `RUNNABLE_REPLAY` does the same for every client.
    pub fn replay(mut self, folder: impl Into<PathBuf>) -> Self {
        self.carrier = Carrier::Replay(folder.into());
        self
    }

    /// The client.
    ///
    /// # Errors
    ///
    /// Of kind [`InvalidInput`](ErrorKind::InvalidInput) if the base URL, a header, the proxy, or
    /// the folder to replay from is unusable.
    pub fn build(self) -> Result<HttpClient> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let base = base_url(&self.base)?;
        let route = self.carrier.route(&base, &self.timeouts, self.proxy, self.record)?;
        Ok(HttpClient {
            shared: Arc::new(Shared {
                base,
                headers: self.headers,
                query: self.query,
                service: Arc::new(self.service),
                timeouts: self.timeouts,
                retry: self.retry,
                max_body: self.max_body,
                max_frame: self.max_frame,
                route,
                targets: Targets::default(),
            }),
        })
    }

    fn fail(&mut self, error: Error) {
        self.error.get_or_insert(error);
    }
}

/// Nothing that may hold a key.
impl fmt::Debug for HttpClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClientBuilder")
            .field("timeouts", &self.timeouts)
            .field("retry", &self.retry.unwrap_or_default())
            .finish_non_exhaustive()
    }
}

fn base_url(base: &str) -> Result<Url> {
    let invalid = |why: &str| {
        let message = format!("the base URL is unusable: {why}; write one such as https://host/v1");
        Error::new(ErrorKind::InvalidInput, message)
    };
    let url: Url = base.trim().parse().map_err(|error| invalid(&format!("{error}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(invalid("it is neither http nor https"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid("it holds a name or a password, which belong into a secret header"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(invalid("it holds a query or a fragment, which belong to requests"));
    }
    Ok(url)
}
