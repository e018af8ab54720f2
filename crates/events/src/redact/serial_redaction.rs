//! [`SerialRedaction`]: redacts the events that a trace contains.

use std::{collections::HashMap, fmt};

use super::{
    chunk_tails::ChunkTails,
    redaction::Redaction,
    run_key::{RunKey, key_of},
};
use crate::record::{RecordedData, RecordedEvent};

/// Redacts events one after the other, like [`CallRedaction`](super::CallRedaction), which several
/// threads can use.
#[derive(Clone)]
pub(crate) struct SerialRedaction {
    redaction: Redaction,
    /// The ends of the chunks of each open run.
    open: HashMap<RunKey, ChunkTails>,
}

impl SerialRedaction {
    pub(crate) fn new(redaction: Redaction) -> Self {
        Self { redaction, open: HashMap::new() }
    }

    /// Removes all secrets from an event.
    pub(crate) fn apply(&mut self, event: &mut RecordedEvent) {
        match event.data {
            RecordedData::Chunk { .. } => {
                let tails = self.open.entry(key_of(event)).or_default();
                self.redaction.apply_after(tails, event);
            }
            _ => {
                if event.is_terminal() {
                    self.open.remove(&key_of(event));
                }
                self.redaction.apply(event);
            }
        }
    }
}

/// Shows no texts, because they can contain parts of secrets.
impl fmt::Debug for SerialRedaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SerialRedaction").finish_non_exhaustive()
    }
}
