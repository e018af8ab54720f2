//! [`MemoryStore`]: a store in memory.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use runnable_core::Result;

use super::ConversationStore;
use crate::tree::{Conversation, Turn, TurnId};

/// A store that keeps conversations in memory, until the program ends.
///
/// A clone shares the conversations. The store has no limit: delete conversations that you no
/// longer need.
///
/// # Examples
///
/// ```
/// use runnable_conversations::{ConversationStore, MemoryStore};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> runnable_core::Result<()> {
/// let store = MemoryStore::new();
/// assert!(store.load("ada").await?.is_empty());
/// # Ok(())
/// # }
/// ```
#[doc(alias("InMemoryChatMessageHistory", "InMemorySaver"))]
#[derive(Clone, Default)]
pub struct MemoryStore {
    conversations: Arc<Mutex<BTreeMap<String, Conversation>>>,
}

impl MemoryStore {
    /// Creates an empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn conversations(&self) -> MutexGuard<'_, BTreeMap<String, Conversation>> {
        self.conversations.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(
        &self,
        key: &str,
        change: impl FnOnce(&mut Conversation) -> Result<()>,
    ) -> Result<()> {
        let mut conversations = self.conversations();
        match conversations.get_mut(key) {
            Some(conversation) => change(conversation),
            None => {
                let mut conversation = Conversation::new();
                change(&mut conversation)?;
                if !conversation.is_empty() {
                    conversations.insert(key.to_owned(), conversation);
                }
                Ok(())
            }
        }
    }
}

impl ConversationStore for MemoryStore {
    async fn load(&self, key: &str) -> Result<Conversation> {
        Ok(self.conversations().get(key).cloned().unwrap_or_default())
    }

    async fn append(&self, key: &str, branch: &str, turn: &Turn) -> Result<()> {
        self.change(key, |conversation| conversation.append(branch, turn.clone()))
    }

    async fn set_branch(&self, key: &str, branch: &str, head: Option<TurnId>) -> Result<()> {
        self.change(key, |conversation| conversation.set_branch(branch, head))
    }

    async fn delete(&self, key: &str) -> Result<()> {
        self.conversations().remove(key);
        Ok(())
    }

    async fn keys(&self) -> Result<Vec<String>> {
        Ok(self.conversations().keys().cloned().collect())
    }

    fn append_now(&self, key: &str, branch: &str, turn: &Turn) -> Option<Result<()>> {
        Some(self.change(key, |conversation| conversation.append(branch, turn.clone())))
    }
}

/// Shows the number of conversations, because the messages are private.
impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("conversations", &self.conversations().len()).finish()
    }
}
