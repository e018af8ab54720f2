//! [`MemoryStore`]: a store in memory.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use runnable_core::Result;

use super::{ConversationStore, Summary};
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
    kept: Arc<Mutex<BTreeMap<String, Kept>>>,
}

/// What is kept of a conversation.
#[derive(Default)]
struct Kept {
    conversation: Conversation,
    /// The texts of the summaries, by their IDs.
    summaries: BTreeMap<String, String>,
}

impl MemoryStore {
    /// Creates an empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn kept(&self) -> MutexGuard<'_, BTreeMap<String, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(
        &self,
        key: &str,
        change: impl FnOnce(&mut Conversation) -> Result<()>,
    ) -> Result<()> {
        let mut kept = self.kept();
        match kept.get_mut(key) {
            Some(kept) => change(&mut kept.conversation),
            None => {
                let mut new = Kept::default();
                change(&mut new.conversation)?;
                if !new.conversation.is_empty() {
                    kept.insert(key.to_owned(), new);
                }
                Ok(())
            }
        }
    }
}

impl ConversationStore for MemoryStore {
    async fn load(&self, key: &str) -> Result<Conversation> {
        Ok(self.kept().get(key).map(|kept| kept.conversation.clone()).unwrap_or_default())
    }

    async fn append(&self, key: &str, branch: &str, turn: &Turn) -> Result<()> {
        self.change(key, |conversation| conversation.append(branch, turn.clone()))
    }

    async fn set_branch(&self, key: &str, branch: &str, head: Option<TurnId>) -> Result<()> {
        self.change(key, |conversation| conversation.set_branch(branch, head))
    }

    async fn summaries(&self, key: &str) -> Result<Vec<Summary>> {
        let kept = self.kept();
        let summaries = kept.get(key).into_iter().flat_map(|kept| &kept.summaries);
        Ok(summaries.map(|(id, text)| Summary::new(id, text)).collect())
    }

    async fn save_summary(&self, key: &str, summary: &Summary) -> Result<()> {
        let Summary { id, text } = summary.clone();
        self.kept().entry(key.to_owned()).or_default().summaries.insert(id, text);
        Ok(())
    }

    async fn delete(&self, key: &str) -> Result<()> {
        self.kept().remove(key);
        Ok(())
    }

    async fn keys(&self) -> Result<Vec<String>> {
        let kept = self.kept();
        let with_turns = kept.iter().filter(|(_, kept)| !kept.conversation.is_empty());
        Ok(with_turns.map(|(key, _)| key.clone()).collect())
    }

    fn append_now(&self, key: &str, branch: &str, turn: &Turn) -> Option<Result<()>> {
        Some(self.change(key, |conversation| conversation.append(branch, turn.clone())))
    }
}

/// Shows the number of conversations, because the messages are private.
impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("conversations", &self.kept().len()).finish()
    }
}
