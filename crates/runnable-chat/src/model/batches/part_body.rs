//! [`PartBody`]: the requests of a part before their upload.

use super::BatchLimits;

/// The requests of a part before their upload.
#[derive(Debug)]
pub(super) struct PartBody {
    limits: BatchLimits,
    bytes: Vec<u8>,
    custom_ids: Vec<String>,
}

impl PartBody {
    pub(super) fn new(limits: BatchLimits) -> Self {
        Self { limits, bytes: Vec::new(), custom_ids: Vec::new() }
    }

    /// Returns the number of requests.
    pub(super) fn len(&self) -> usize {
        self.custom_ids.len()
    }

    pub(super) fn is_full(&self) -> bool {
        self.len() >= self.limits.max_requests
    }

    /// Returns whether a request of this size fits into the part.
    pub(super) fn fits(&self, bytes: usize) -> bool {
        let start = if self.len() == 0 {
            self.limits.prefix.len()
        } else {
            self.bytes.len() + self.limits.separator.len()
        };
        let size = start.saturating_add(bytes).saturating_add(self.limits.suffix.len());
        size <= self.limits.max_bytes
    }

    /// Adds an encoded request.
    pub(super) fn push(&mut self, custom_id: String, request: &[u8]) {
        let start = if self.len() == 0 { self.limits.prefix } else { self.limits.separator };
        self.bytes.extend_from_slice(start.as_bytes());
        self.bytes.extend_from_slice(request);
        self.custom_ids.push(custom_id);
    }

    /// Removes all requests, and returns their custom IDs and the body.
    pub(super) fn take(&mut self) -> (Vec<String>, Vec<u8>) {
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.extend_from_slice(self.limits.suffix.as_bytes());
        (std::mem::take(&mut self.custom_ids), bytes)
    }
}
