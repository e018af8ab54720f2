//! The models of the service.

use runnable_core::Result;
use runnable_http::HttpClient;
use serde::Deserialize;

/// A model of the service.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ModelInfo {
    /// Its name, as [`anthropic`](crate::anthropic()) takes it.
    pub id: String,
    /// Its name for people.
    #[serde(default)]
    pub display_name: Option<String>,
    /// When it came out, as [RFC 3339](https://www.rfc-editor.org/rfc/rfc3339) writes times.
    #[serde(default)]
    pub created_at: Option<String>,
}

#[derive(Deserialize)]
struct Page {
    data: Vec<ModelInfo>,
    #[serde(default)]
    has_more: bool,
    #[serde(default)]
    last_id: Option<String>,
}

/// How many pages are read at most: a service whose pages never end shall not hold us up.
const PAGES: usize = 100;

/// All models of the service, the newest first.
pub(crate) async fn list(client: &HttpClient) -> Result<Vec<ModelInfo>> {
    let mut models = Vec::new();
    let mut after: Option<String> = None;
    for _ in 0..PAGES {
        let mut request = client.get("v1/models").query("limit", "1000");
        if let Some(after) = &after {
            request = request.query("after_id", after);
        }
        let page: Page = request.send().await?.json().await?;
        models.extend(page.data);
        after = page.last_id.filter(|last| page.has_more && after.as_ref() != Some(last));
        if after.is_none() {
            break;
        }
    }
    Ok(models)
}
