//! Where requests go.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use http::Uri;
use reqwest::Url;

/// Where a request goes.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// The host, with its port if that is not the usual one.
    pub(crate) host: String,
    /// The path, without the query, which may hold a key.
    pub(crate) path: String,
    /// The whole of it, if the request is a client's.
    pub(crate) url: Option<Url>,
    /// The whole of it; `None` if the URL cannot be written as one.
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

    /// That of a request that is not a client's.
    pub(crate) fn of_uri(uri: &Uri) -> Self {
        let host = uri.authority().map(|authority| authority.as_str()).unwrap_or_default();
        // Without a name and a password that may stand before it.
        let host = host.rsplit('@').next().unwrap_or_default().to_owned();
        Self { host, path: uri.path().to_owned(), url: None, uri: Some(uri.clone()) }
    }
}

/// The targets of a client, by the path that was asked for. Most clients have one or two, and to
/// make one takes longer than all else that is done before a request.
#[derive(Debug, Default)]
pub(crate) struct Targets(RwLock<HashMap<Box<str>, Arc<Target>>>);

impl Targets {
    /// More are made anew each time: paths may hold names, of which there is no end.
    const MOST: usize = 64;

    pub(crate) fn get(&self, path: &str, make: impl FnOnce() -> Target) -> Arc<Target> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).get(path).cloned();
        known.unwrap_or_else(|| {
            let made = Arc::new(make());
            let mut targets = self.0.write().unwrap_or_else(PoisonError::into_inner);
            if targets.len() < Self::MOST {
                targets.insert(path.into(), Arc::clone(&made));
            }
            made
        })
    }
}
