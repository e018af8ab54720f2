//! [`ApiRequest`]: the encoded request of a call.

use std::borrow::Cow;

use bytes::Bytes;
use runnable_core::{Error, ErrorKind, Result};
use serde::Serialize;

/// The encoded request of a call: the path, the JSON body and additional headers of a POST.
#[derive(Clone, Debug)]
#[must_use]
pub struct ApiRequest {
    pub(super) path: Cow<'static, str>,
    pub(super) body: Bytes,
    pub(super) headers: Vec<(&'static str, String)>,
}

impl ApiRequest {
    /// Creates a request that posts `body`, serialized to JSON, to a path below the base URL.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidInput`](ErrorKind::InvalidInput) if `body` cannot be serialized to JSON.
    ///
    /// ```
    /// use runnable_http::chat::ApiRequest;
    ///
    /// # fn main() -> runnable_core::Result<()> {
    /// let request = ApiRequest::new("chat/completions", &serde_json::json!({"model": "small"}))?;
    /// assert_eq!(request.path(), "chat/completions");
    /// assert_eq!(request.body(), r#"{"model":"small"}"#);
    /// # Ok(())
    /// # }
    /// ```
    pub fn new(path: impl Into<Cow<'static, str>>, body: &impl Serialize) -> Result<Self> {
        let body = serde_json::to_vec(body)
            .map_err(|error| Error::wrap(ErrorKind::InvalidInput, error))?;
        Ok(Self::from_json(path, body))
    }

    /// Creates a request that posts `body`, which must already be JSON, to a path below the base
    /// URL.
    pub fn from_json(path: impl Into<Cow<'static, str>>, body: impl Into<Bytes>) -> Self {
        Self { path: path.into(), body: body.into(), headers: Vec::new() }
    }

    /// Adds a header. Its value is not treated as a secret.
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Returns the path below the base URL.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the body, which is JSON.
    pub fn body(&self) -> &Bytes {
        &self.body
    }
}
