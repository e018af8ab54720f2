//! A store that fails or waits when a test wants it to.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use runnable_conversations::{Conversation, ConversationStore, MemoryStore, Turn, TurnId};
use runnable_core::{Error, ErrorKind, Result};
use tokio::sync::Semaphore;

/// A store that saves only while `is_up`, and only with a permit. It cannot save without awaiting.
#[derive(Clone, Debug)]
pub(crate) struct FussyStore {
    pub(crate) inner: MemoryStore,
    pub(crate) is_up: Arc<AtomicBool>,
    pub(crate) permits: Arc<Semaphore>,
}

impl FussyStore {
    pub(crate) fn new() -> Self {
        Self {
            inner: MemoryStore::new(),
            is_up: Arc::new(AtomicBool::new(true)),
            permits: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)),
        }
    }

    pub(crate) fn set_up(&self, is_up: bool) {
        self.is_up.store(is_up, Ordering::SeqCst);
    }
}

impl ConversationStore for FussyStore {
    async fn load(&self, key: &str) -> Result<Conversation> {
        self.inner.load(key).await
    }

    async fn append(&self, key: &str, branch: &str, turn: &Turn) -> Result<()> {
        if !self.is_up.load(Ordering::SeqCst) {
            return Err(Error::new(ErrorKind::Unavailable, "the disk is full"));
        }
        self.inner.append(key, branch, turn).await?;
        let _permit = self.permits.acquire().await.map_err(Error::other)?;
        Ok(())
    }

    async fn set_branch(&self, key: &str, branch: &str, head: Option<TurnId>) -> Result<()> {
        self.inner.set_branch(key, branch, head).await
    }

    async fn delete(&self, key: &str) -> Result<()> {
        self.inner.delete(key).await
    }

    async fn keys(&self) -> Result<Vec<String>> {
        self.inner.keys().await
    }
}
