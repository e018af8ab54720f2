//! [`HttpClient`]: the client of a service.

use std::{fmt, sync::Arc};

use reqwest::{Method, Url};

use super::{request::HttpRequestBuilder, shared::Shared};

/// A client of one service. It is cheap to clone and cheap to build.
///
/// All clients of the program with the same certificates, proxy and connect timeout share their
/// connections, if they are used in the same Tokio runtime. Idle connections are closed soon after
/// the last of these clients is dropped.
#[derive(Clone)]
pub struct HttpClient {
    pub(super) shared: Arc<Shared>,
}

impl HttpClient {
    /// Returns the base URL of all requests.
    ///
    /// ```
    /// use runnable_http::HttpClient;
    ///
    /// # fn main() -> runnable_core::Result<()> {
    /// let client = HttpClient::new("https://api.example.org/v1")?;
    /// assert_eq!(client.base_url().as_str(), "https://api.example.org/v1");
    /// # Ok(())
    /// # }
    /// ```
    pub fn base_url(&self) -> &Url {
        &self.shared.base
    }

    /// Creates a POST request to a path below the base URL.
    pub fn post(&self, path: &str) -> HttpRequestBuilder {
        HttpRequestBuilder::new(Arc::clone(&self.shared), Method::POST, path)
    }

    /// Creates a GET request to a path below the base URL.
    pub fn get(&self, path: &str) -> HttpRequestBuilder {
        HttpRequestBuilder::new(Arc::clone(&self.shared), Method::GET, path)
    }

    /// Creates a DELETE request to a path below the base URL.
    pub fn delete(&self, path: &str) -> HttpRequestBuilder {
        HttpRequestBuilder::new(Arc::clone(&self.shared), Method::DELETE, path)
    }

    /// Creates a request with any HTTP method to a path below the base URL.
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
