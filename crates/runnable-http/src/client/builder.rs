//! [`HttpClientBuilder`]: the settings of a client.

use std::{fmt, path::PathBuf, sync::Arc};

use reqwest::{
    Url,
    header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue, USER_AGENT},
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
    response::{ACCEPTED, FRAME_LIMIT},
    target::Targets,
    transport::{Proxy, Transport},
};

/// A builder for an [`HttpClient`], created by [`HttpClient::builder`].
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
    /// The first invalid setting, which `build` returns.
    error: Option<Error>,
}

impl HttpClient {
    /// Creates a client of the service at `base_url`, with default settings.
    ///
    /// # Errors
    ///
    /// Fails in the same cases as [`HttpClientBuilder::build`].
    pub fn new(base_url: &str) -> Result<Self> {
        Self::builder(base_url).build()
    }

    /// Creates a builder for a client of the service at `base_url`, such as
    /// `https://api.example.org/v1`.
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
            // Set the header here. Otherwise reqwest would add it to each request again.
            (ACCEPT, HeaderValue::from_static("*/*")),
            (ACCEPT_ENCODING, HeaderValue::from_static(ACCEPTED)),
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

    /// Adds a header to every request. It replaces an existing header of the same name.
    ///
    /// The values of headers that usually carry credentials, such as `authorization` and
    /// `x-api-key`, are treated as secrets.
    #[doc(alias = "default_headers")]
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

    /// Adds a header with a secret value to every request. The value does not appear in logs,
    /// errors or recordings.
    pub fn secret_header(self, name: &str, secret: impl Into<Secret>) -> Self {
        self.prefixed(name, "", secret.into())
    }

    /// Adds the header `authorization: Bearer …` with a secret to every request.
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

    /// Adds a parameter to the query of every request.
    #[doc(alias = "default_query")]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// Adds a parameter with a secret value to the query of every request. Prefer a header if the
    /// service accepts one, because proxies log URLs.
    pub fn secret_query(mut self, name: &str, secret: impl Into<Secret>) -> Self {
        let secret = secret.into();
        self.query.push((name.into(), secret.expose().into()));
        self.service.secrets.push(secret);
        self
    }

    /// Sets the `user-agent` header. The default is the name and version of this crate.
    pub fn user_agent(self, agent: &str) -> Self {
        self.header("user-agent", agent)
    }

    /// Appends a hint, such as how to set the key, to the message of every error of this kind.
    pub fn hint(mut self, kind: ErrorKind, hint: impl Into<String>) -> Self {
        self.service.hints.push((kind, hint.into()));
        self
    }

    /// Sets the time limits of every request.
    pub fn timeouts(mut self, timeouts: HttpTimeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Sets which requests are retried, and when.
    ///
    /// A policy that is set here also applies inside a
    /// [`with_retry`](runnable_core::RunnableExt::with_retry), so the numbers of attempts multiply.
    /// The default policy does not retry an error that an enclosing `with_retry` retries.
    pub fn retry_policy(mut self, policy: HttpRetryPolicy) -> Self {
        self.retry = Some(policy);
        self
    }

    /// Sets the maximum size of a response that is read completely, in bytes. The default is 64
    /// MiB.
    ///
    /// The limit counts the received bytes and, separately, the bytes after decompression. It also
    /// applies to a response that is streamed although the request did not ask for a stream.
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// Sets the maximum size of a frame, which is one event or line of a streamed response, in
    /// bytes. The default is 32 MiB.
    pub fn max_frame(mut self, bytes: usize) -> Self {
        self.max_frame = bytes;
        self
    }

    /// Sends all requests through the proxy at `url`, whose scheme must be `http` or `https`. By
    /// default, the client uses the proxies that the environment names when it is built
    /// (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`).
    #[doc(alias("openai_proxy", "anthropic_proxy"))]
    pub fn proxy(mut self, url: &str) -> Self {
        self.proxy = Proxy::Url(url.to_owned());
        self
    }

    /// Sends all requests directly, and ignores the proxies of the environment.
    pub fn no_proxy(mut self) -> Self {
        self.proxy = Proxy::None;
        self
    }

    /// Uses your own `reqwest` client, with its proxies, connect timeout, certificates and redirect
    /// policy. If that client follows redirects, secret headers may reach another host.
    #[doc(alias("http_client", "http_async_client"))]
    pub fn reqwest(mut self, client: reqwest::Client) -> Self {
        self.carrier = Carrier::Reqwest(client);
        self
    }

    /// Uses a custom transport instead of the network.
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.carrier = Carrier::Transport(Arc::new(transport));
        self
    }

    /// Records each request and its response in a new subfolder of `folder`, for
    /// [`replay`](Self::replay).
    ///
    /// Each attempt is one recording. `request.json` contains the method, path and body.
    /// `response.json` contains the status and the relevant headers. `response.body` contains the
    /// received bytes, up to the point where the caller dropped the response or the connection
    /// failed. Headers of the request are not recorded, and secrets are masked. A compressed body
    /// is recorded after decompression, because secrets cannot be found in it before. The
    /// environment variable `RUNNABLE_RECORD` has the same effect for every client.
    ///
    /// A separate thread writes the recording while the response arrives. The name of the folder
    /// ends in `.part` until the recording is complete. Folders are numbered in the order of the
    /// requests.
    pub fn record(mut self, folder: impl Into<PathBuf>) -> Self {
        self.record = Some(folder.into());
        self
    }

    /// Answers requests from the recordings in `folder` and its subfolders, without the network.
    ///
    /// A request gets the response of the recording with the same method, path, query and body. If
    /// several recordings match, they are used in the order of their numbers and then of their
    /// names. The last of them is used again for further requests. A recording is incomplete if its
    /// program was killed while it was written; such a recording is skipped with a warning. The
    /// environment variable `RUNNABLE_REPLAY` has the same effect for every client.
    pub fn replay(mut self, folder: impl Into<PathBuf>) -> Self {
        self.carrier = Carrier::Replay(folder.into());
        self
    }

    /// Builds the client.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::InvalidInput`] if the base URL, a header, the proxy, or the folder of
    /// recordings is invalid.
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

/// The output does not contain anything that may contain a key.
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
        let message = format!("invalid base URL: {why}; expected a URL such as https://host/v1");
        Error::new(ErrorKind::InvalidInput, message)
    };
    let url: Url = base.trim().parse().map_err(|error| invalid(&format!("{error}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(invalid("its scheme is neither http nor https"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid("it contains credentials, which must be passed with `secret_header`"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(invalid("it contains a query or a fragment; pass a query with `query`"));
    }
    Ok(url)
}
