//! The models that were created from their names in earlier calls.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use runnable_chat::ChatModel;
use runnable_core::Result;

/// The most recently used models. Their number is limited, because callers choose the names and
/// could otherwise fill the memory.
#[derive(Clone, Default)]
pub(super) struct Opened {
    /// The models, the most recently used first.
    models: Arc<Mutex<VecDeque<(String, ChatModel)>>>,
}

/// The maximum number of models that are kept. Each of them holds connections, or a file in memory.
const MAX_KEPT: usize = 16;

impl Opened {
    /// Returns the model with this name, and creates it with `open` if necessary. If `open` fails,
    /// the next call tries again.
    pub(super) fn get(
        &self,
        name: &str,
        open: impl FnOnce(&str) -> Result<ChatModel>,
    ) -> Result<ChatModel> {
        if let Some(model) = self.take(name) {
            return Ok(model);
        }
        // Create the model without holding the lock, because this may take long. If two threads
        // create the same model at the same time, either model may be kept.
        let model = open(name)?;
        let mut models = self.models();
        models.retain(|(known, _)| known != name);
        models.push_front((name.to_owned(), model.clone()));
        models.truncate(MAX_KEPT);
        Ok(model)
    }

    /// Returns the model with this name, if it is kept, and marks it as the most recently used.
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
