//! [`Checkpoints`]: the stored outputs of the steps of an item.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use runnable_core::{Error, Result};

use crate::{
    journal::{Journal, JournalChange, JournalKey, JournalPart},
    records::{Digest, checkpoint_prefix},
};

/// The stored outputs of the steps of an item. They are also in memory while the item runs.
pub(crate) struct Checkpoints {
    journal: Arc<dyn Journal>,
    /// Receives the first error of the journal, so that the job stops and does not take it for an
    /// error of the item.
    broken: Arc<OnceLock<Error>>,
    index: u64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The outputs as JSON, by the name of their entry.
    stored: HashMap<String, Arc<[u8]>>,
    /// How often each checkpoint was called with each input, in this attempt.
    calls: HashMap<String, u32>,
}

impl Checkpoints {
    pub(crate) fn new(
        journal: Arc<dyn Journal>,
        broken: Arc<OnceLock<Error>>,
        index: u64,
        stored: impl IntoIterator<Item = (String, Vec<u8>)>,
    ) -> Self {
        let stored = stored.into_iter().map(|(name, value)| (name, value.into())).collect();
        let state = Mutex::new(State { stored, ..State::default() });
        Self { journal, broken, index, state }
    }

    /// From now on, counts the calls of the checkpoints again.
    pub(crate) fn begin_attempt(&self) {
        self.state().calls.clear();
    }

    /// Returns the name of the entry for the next call of a checkpoint with this input, and the
    /// stored output if there is one.
    pub(super) fn next(&self, name: &str, input: Digest) -> (String, Option<Arc<[u8]>>) {
        let call = format!("{}{name}/{:032x}", checkpoint_prefix(self.index), input.0);
        let mut state = self.state();
        let number = state.calls.entry(call.clone()).or_default();
        let entry = format!("{call}/{number}");
        *number += 1;
        let stored = state.stored.get(&entry).cloned();
        (entry, stored)
    }

    /// Stores an output, and waits until it is durable.
    pub(super) async fn store(&self, entry: String, output: Vec<u8>) -> Result<()> {
        let change = JournalChange::put(key(&entry), output.clone());
        self.state().stored.insert(entry, output.into());
        let written = self.journal.write(vec![change]).await;
        written.inspect_err(|error| _ = self.broken.set(error.clone()))
    }

    /// Returns the changes that remove all outputs, because the item has ended.
    pub(crate) fn removals(&self) -> Vec<JournalChange> {
        self.state().stored.keys().map(|entry| JournalChange::delete(key(entry))).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(entry: &str) -> JournalKey {
    JournalKey::new(JournalPart::Checkpoint, entry)
}
