//! The [list of models](https://platform.openai.com/docs/api-reference/models).

use runnable_core::{Metadata, Result};
use runnable_http::HttpClient;
use serde::Deserialize;

/// A model that a service has.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct ModelInfo {
    /// Its name, as requests call it.
    pub id: String,
    /// What the service says of it besides, such as `owned_by`, `context_window` or `pricing`.
    #[serde(flatten)]
    pub extras: Metadata,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Listed {
        data: Vec<ModelInfo>,
    },
    /// Together's.
    Bare(Vec<ModelInfo>),
}

/// The models of a service, in its order.
pub(crate) async fn list(client: &HttpClient) -> Result<Vec<ModelInfo>> {
    Ok(match client.get("models").send().await?.json().await? {
        Answer::Listed { data } | Answer::Bare(data) => data,
    })
}
