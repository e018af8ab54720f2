//! The client.

use std::{fmt, sync::Arc};

use reqwest::{Method, Url};

use super::{request::HttpRequestBuilder, shared::Shared};

/// A client of one service. Cheap to clone, and cheap to build.
///
/// All clients of the program with the same certificates, proxy and limit for connecting share their
/// connections, within a runtime of tokio. When the last of them is dropped, idle connections are closed
/// soon after.
#[derive(Clone)]
pub struct HttpClient {
    pub(super) shared: Arc<Shared>,
}

impl HttpClient {
    /// The URL below which all requests go.
    pub fn base_url(&self) -> &Url {
        &self.shared.base
    }

    /// A request that posts to this path below the base URL.
    pub fn post(&self, path: &str) -> HttpRequestBuilder {
        HttpRequestBuilder::new(Arc::clone(&self.shared), Method::POST, path)
    }

    /// A request that gets this path below the base URL.
    pub fn get(&self, path: &str) -> HttpRequestBuilder {
        HttpRequestBuilder::new(Arc::clone(&self.shared), Method::GET, path)
    }

    /// A request with another method.
    pub fn request(&self, method: Method, path: &str) -> HttpRequestBuilder {
        HttpRequestBuilder::new(Arc::clone(&self.shared), method, path)
    }
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClient")
            .field("base_url", &self.shared.service.secrets.mask(self.shared.base.as_str()))
            .field("timeouts", &self.shared.timeouts)
            .field("retry", &self.shared.retry.unwrap_or_default())
            .finish_non_exhaustive()
    }
}
