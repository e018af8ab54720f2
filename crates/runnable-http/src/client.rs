//! The client.

use std::{fmt, sync::Arc};

use reqwest::{Method, Url, header::HeaderMap};
use runnable_core::Result;

use crate::{
    builder::HttpClientBuilder,
    origin::Service,
    request::HttpRequestBuilder,
    retry_policy::HttpRetryPolicy,
    route::Route,
    target::{Target, Targets},
    timeouts::HttpTimeouts,
};

/// A client of one service. Cheap to clone, and cheap to build.
///
/// All clients of the program with the same certificates, proxy and limit for connecting share their
/// connections, within a runtime of tokio. When the last of them is dropped, idle connections are closed
/// soon after.
#[derive(Clone)]
pub struct HttpClient {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) base: Url,
    pub(crate) headers: HeaderMap,
    /// Names and values in the query of each request.
    pub(crate) query: Vec<(String, String)>,
    pub(crate) service: Arc<Service>,
    pub(crate) timeouts: HttpTimeouts,
    /// `None` for the default.
    pub(crate) retry: Option<HttpRetryPolicy>,
    pub(crate) max_body: usize,
    pub(crate) max_frame: usize,
    pub(crate) route: Route,
    pub(crate) targets: Targets,
}

impl Inner {
    /// Where requests for this path below the base URL go.
    pub(crate) fn target(&self, path: &str) -> Arc<Target> {
        self.targets.get(path, || {
            let mut url = self.base.clone();
            let (path, query) = path.split_once('?').unwrap_or((path, ""));
            let path = path.trim_start_matches('/');
            url.set_path(&format!("{}/{path}", self.base.path().trim_end_matches('/')));
            url.set_query(Some(query).filter(|query| !query.is_empty()));
            for (name, value) in &self.query {
                url.query_pairs_mut().append_pair(name, value);
            }
            Target::new(url)
        })
    }
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

    /// The URL below which all requests go.
    pub fn base_url(&self) -> &Url {
        &self.inner.base
    }

    /// A request that posts to this path below the base URL.
    pub fn post(&self, path: &str) -> HttpRequestBuilder {
        HttpRequestBuilder::new(self.clone(), Method::POST, path)
    }

    /// A request that gets this path below the base URL.
    pub fn get(&self, path: &str) -> HttpRequestBuilder {
        HttpRequestBuilder::new(self.clone(), Method::GET, path)
    }

    /// A request with another method.
    pub fn request(&self, method: Method, path: &str) -> HttpRequestBuilder {
        HttpRequestBuilder::new(self.clone(), method, path)
    }
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClient")
            .field("base_url", &self.inner.service.secrets.mask(self.inner.base.as_str()))
            .field("timeouts", &self.inner.timeouts)
            .field("retry", &self.inner.retry.unwrap_or_default())
            .finish_non_exhaustive()
    }
}
