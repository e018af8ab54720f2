//! [`Target`]: the host, path and URL of a request.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use http::Uri;
use reqwest::Url;

/// The host, path and URL of a request.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// The host, with the port unless it is the default of the scheme.
    pub(crate) host: String,
    /// The path without the query, which may contain a key.
    pub(crate) path: String,
    /// The complete URL. `None` for a request that was not created by a client.
    pub(crate) url: Option<Url>,
    /// The complete URI. `None` if the URL is not a valid URI.
    pub(crate) uri: Option<Uri>,
}

impl Target {
    pub(crate) fn new(url: Url) -> Self {
        let host = url.host_str().unwrap_or_default();
        let host = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        let (path, uri) = (url.path().to_owned(), url.as_str().parse().ok());
        Self { host, path, url: Some(url), uri }
    }

    /// Creates the target of a request that was not created by a client.
    pub(crate) fn of_uri(uri: &Uri) -> Self {
        let host = uri.authority().map(|authority| authority.as_str()).unwrap_or_default();
        // Remove a user name and password, which come before the host.
        let host = host.rsplit('@').next().unwrap_or_default().to_owned();
        Self { host, path: uri.path().to_owned(), url: None, uri: Some(uri.clone()) }
    }
}

/// The targets that a client has used, by path. They are cached, because most clients have only one
/// or two paths, and creating a target takes longer than all other work before a request.
#[derive(Debug, Default)]
pub(crate) struct Targets(RwLock<HashMap<Box<str>, Arc<Target>>>);

impl Targets {
    /// The maximum number of cached targets, because paths may contain an unlimited number of
    /// names.
    const MAX_CACHED: usize = 64;

    pub(crate) fn get(&self, path: &str, make: impl FnOnce() -> Target) -> Arc<Target> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).get(path).cloned();
        known.unwrap_or_else(|| {
            let target = Arc::new(make());
            let mut targets = self.0.write().unwrap_or_else(PoisonError::into_inner);
            if targets.len() < Self::MAX_CACHED {
                targets.insert(path.into(), Arc::clone(&target));
            }
            target
        })
    }
}
