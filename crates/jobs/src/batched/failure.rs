//! [`Failure`]: results that could not be fetched.

use std::collections::HashSet;

use runnable_core::Error;

use super::stored_part::StoredPart;

/// Results that could not be fetched.
pub(super) struct Failure {
    /// The custom IDs of the calls that fail.
    pub(super) custom_ids: HashSet<String>,
    pub(super) error: Error,
    /// The parts in the journal that contain their requests.
    pub(super) parts: Vec<StoredPart>,
}
