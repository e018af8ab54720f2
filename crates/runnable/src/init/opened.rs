//! Models that were opened by their names.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use runnable_chat::ChatModel;
use runnable_core::Result;

/// The models that were opened last: names come from callers, so there is no end of them.
#[derive(Clone, Default)]
pub(super) struct Opened {
    /// The last used is the first.
    models: Arc<Mutex<VecDeque<(String, ChatModel)>>>,
}

/// A model holds connections, or a file in memory.
const KEPT: usize = 16;

impl Opened {
    /// The model of this name, opened if it is not open. One that cannot be is not kept.
    pub(super) fn get(
        &self,
        name: &str,
        open: impl FnOnce(&str) -> Result<ChatModel>,
    ) -> Result<ChatModel> {
        if let Some(model) = self.take(name) {
            return Ok(model);
        }
        // Not under the lock: it is not known how long it takes. Of two that are opened at once,
        // both are good.
        let model = open(name)?;
        let mut models = self.models();
        models.retain(|(known, _)| known != name);
        models.push_front((name.to_owned(), model.clone()));
        models.truncate(KEPT);
        Ok(model)
    }

    /// The model, which is then the last used.
    fn take(&self, name: &str) -> Option<ChatModel> {
        let mut models = self.models();
        let place = models.iter().position(|(known, _)| known == name)?;
        let found = models.remove(place)?;
        let model = found.1.clone();
        models.push_front(found);
        Some(model)
    }

    fn models(&self) -> MutexGuard<'_, VecDeque<(String, ChatModel)>> {
        self.models.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
