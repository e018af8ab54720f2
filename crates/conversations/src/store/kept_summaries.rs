//! [`KeptSummaries`]: the summaries of the conversation that a step works on.

use std::{fmt, sync::Arc};

use runnable_core::Result;

use super::{ErasedStore, Summary};

/// The summaries of the conversation that a step works on. It is a resource of the calls in a turn.
#[derive(Clone)]
pub(crate) struct KeptSummaries {
    store: Arc<dyn ErasedStore>,
    key: Arc<str>,
}

impl KeptSummaries {
    pub(crate) fn new(store: Arc<dyn ErasedStore>, key: Arc<str>) -> Self {
        Self { store, key }
    }

    pub(crate) async fn load(&self) -> Result<Vec<Summary>> {
        self.store.summaries(&self.key).await
    }

    pub(crate) async fn save(&self, summary: &Summary) -> Result<()> {
        self.store.save_summary(&self.key, summary).await
    }
}

impl fmt::Debug for KeptSummaries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeptSummaries").field("store", &self.store).finish_non_exhaustive()
    }
}
