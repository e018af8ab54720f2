//! [`RunKey`]: identifies the run of an event.

use crate::record::RecordedEvent;

/// The ID of a run and the number of its parents. The ID alone is not unique, because a caller can
/// give a run the ID of one of its parents.
pub(super) type RunKey = (String, usize);

pub(super) fn key_of(event: &RecordedEvent) -> RunKey {
    (event.run_id.clone(), event.parent_ids.len())
}
