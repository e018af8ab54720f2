//! [`Shared`]: the state that all clones of a client share.

use std::sync::Arc;

use reqwest::{Url, header::HeaderMap};

use super::{retry_policy::HttpRetryPolicy, route::Route, timeouts::HttpTimeouts};
use crate::{
    origin::Service,
    target::{Target, Targets},
};

/// The state that all clones of a client share: its settings, and the targets of its requests.
pub(crate) struct Shared {
    pub(super) base: Url,
    pub(super) headers: HeaderMap,
    /// The names and values that are added to the query of each request.
    pub(super) query: Vec<(String, String)>,
    pub(super) service: Arc<Service>,
    pub(super) timeouts: HttpTimeouts,
    /// The retry policy. `None` for the default policy.
    pub(super) retry: Option<HttpRetryPolicy>,
    pub(super) max_body: usize,
    pub(super) max_frame: usize,
    pub(super) route: Route,
    pub(super) targets: Targets,
}

impl Shared {
    /// Returns the URL for a path below the base URL.
    pub(super) fn target(&self, path: &str) -> Arc<Target> {
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
