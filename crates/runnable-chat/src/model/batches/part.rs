//! [`BatchPart`]: a part of a batch.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A part of a batch: the requests that the service received together.
///
/// A clone is cheap, because clones share the custom IDs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BatchPart {
    /// The position of the part in its batch, starting with 0.
    pub index: usize,
    /// The custom IDs of the requests, in the order in which they were submitted.
    pub custom_ids: Arc<[String]>,
    /// The service's ID of the uploaded file with the requests. `None` if the service receives the
    /// requests without a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The service's ID of the batch. `None` if only the file was uploaded so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<String>,
}

impl BatchPart {
    /// Creates a part that was not uploaded yet.
    pub fn new(index: usize, custom_ids: impl Into<Arc<[String]>>) -> Self {
        Self { index, custom_ids: custom_ids.into(), file: None, batch: None }
    }
}
