//! The request of a call.

use std::borrow::Cow;

use bytes::Bytes;
use runnable_core::{Error, ErrorKind, Result};
use serde::Serialize;

/// The request of a call: what is posted where.
#[derive(Clone, Debug)]
#[must_use]
pub struct ApiRequest {
    pub(super) path: Cow<'static, str>,
    pub(super) body: Bytes,
    pub(super) headers: Vec<(&'static str, String)>,
}

impl ApiRequest {
    /// Posts this body, as JSON, to a path below the base URL.
    ///
    /// # Errors
    ///
    /// Of kind [`InvalidInput`](ErrorKind::InvalidInput) if the body cannot be JSON.
    pub fn new(path: impl Into<Cow<'static, str>>, body: &impl Serialize) -> Result<Self> {
        let body = serde_json::to_vec(body)
            .map_err(|error| Error::wrap(ErrorKind::InvalidInput, error))?;
        Ok(Self::from_json(path, body))
    }

    /// Posts this body, which is JSON already, to a path below the base URL.
    pub fn from_json(path: impl Into<Cow<'static, str>>, body: impl Into<Bytes>) -> Self {
        Self { path: path.into(), body: body.into(), headers: Vec::new() }
    }

    /// This request, with a header that is not secret.
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The path below the base URL.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The body, which is JSON.
    pub fn body(&self) -> &Bytes {
        &self.body
    }
}
