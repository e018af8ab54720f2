//! Which model reads the answers of which provider.

use providers_anthropic::anthropic;
use providers_http::RetryPolicy;
use runnable_chat::ChatModel;
use runnable_core::Result;

use crate::Case;

/// Which model reads the answers of which provider.
pub trait Catalog: Send + Sync {
    /// The model that would have made the request of the case, at this base URL.
    ///
    /// `None` if no crate of ours speaks that API yet.
    ///
    /// # Errors
    ///
    /// Those of building a model.
    fn model(&self, case: &Case, url: &str, retry: RetryPolicy) -> Result<Option<ChatModel>>;
}

/// The crates of this workspace.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Workspace;

impl Catalog for Workspace {
    fn model(&self, case: &Case, url: &str, retry: RetryPolicy) -> Result<Option<ChatModel>> {
        match (case.provider(), case.api()) {
            ("anthropic", "messages") => {
                let builder = anthropic(case.model()).base_url(url).api_key(KEY);
                builder.http(move |client| client.retry(retry).no_proxy()).build().map(Some)
            }
            _ => Ok(None),
        }
    }
}

/// What a server on this machine takes for a key.
const KEY: &str = "key-of-a-replay";
