//! [`BatchId`]: everything that is needed to continue with a batch after a restart.

use serde::{Deserialize, Serialize};

use super::{BatchPart, rejected::RejectedRequest};

/// The identity of a batch: its parts, with the IDs that the service gave to them.
///
/// Serialize it to store it. [`BatchApi::resume`](super::BatchApi::resume) continues with a batch
/// from its ID. It contains the custom IDs of the requests, and neither requests nor keys.
///
/// # Examples
///
/// ```
/// use runnable_chat::batch_api::{BatchId, BatchPart};
///
/// let mut id = BatchId::new("openai");
/// let mut part = BatchPart::new(0, ["a".to_owned(), "b".to_owned()]);
/// part.file = Some("file-1".into());
/// id.put(part.clone());
/// part.batch = Some("batch_1".into());
/// id.put(part);
///
/// let stored = serde_json::to_string(&id)?;
/// let id: BatchId = serde_json::from_str(&stored)?;
/// assert_eq!(id.parts().len(), 1);
/// assert_eq!(id.custom_ids().collect::<Vec<_>>(), ["a", "b"]);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchId {
    provider: String,
    parts: Vec<BatchPart>,
    /// The requests that were not uploaded, because they cannot be sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    rejected: Vec<RejectedRequest>,
}

impl BatchId {
    /// Creates the ID of a batch without parts. `provider` is
    /// [`BatchProvider::provider`](super::BatchProvider::provider).
    pub fn new(provider: impl Into<String>) -> Self {
        Self { provider: provider.into(), parts: Vec::new(), rejected: Vec::new() }
    }

    /// Returns the name of the provider, such as `openai`.
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// Returns the parts that were uploaded, in the order of the requests.
    pub fn parts(&self) -> &[BatchPart] {
        &self.parts
    }

    /// Returns the custom IDs of all requests in the parts, and of the requests that were not
    /// uploaded because they cannot be sent.
    pub fn custom_ids(&self) -> impl Iterator<Item = &str> {
        let uploaded = self.parts.iter().flat_map(|part| part.custom_ids.iter());
        let rejected = self.rejected.iter().map(|request| &request.custom_id);
        uploaded.chain(rejected).map(String::as_str)
    }

    /// Adds a part, or replaces the part with the same [`index`](BatchPart::index).
    pub fn put(&mut self, part: BatchPart) {
        match self.parts.binary_search_by_key(&part.index, |other| other.index) {
            Ok(position) => self.parts[position] = part,
            Err(position) => self.parts.insert(position, part),
        }
    }

    pub(super) fn reject(&mut self, request: RejectedRequest) {
        self.rejected.push(request);
    }

    pub(super) fn into_parts(self) -> (Vec<BatchPart>, Vec<RejectedRequest>) {
        (self.parts, self.rejected)
    }
}
