//! [`Conversations`]: a store, and the order of the turns.

use std::{fmt, sync::Arc, time::Duration};

use runnable_core::{Result, RunContext};

use super::{
    queue::{Place, Queues},
    turn_input::TurnInput,
    unsaved::{Unsaved, save_all},
};
use crate::{
    store::{ConversationStore, ErasedStore, KeptSummaries, MemoryStore},
    tree::{Conversation, Turn, TurnId},
};

/// A store of conversations, and the queues of their turns.
///
/// Create it once for each store, and pass it to all chains that use the store. A clone is a handle
/// to the same conversations. The turns of a conversation come one after the other, in the order of
/// their calls, even if they belong to different chains.
///
/// # Examples
///
/// ```
/// use runnable_chat::prelude::*;
/// use runnable_conversations::{ConversationExt, Conversations};
/// # use runnable_testing::ScriptedChatModel;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let model = ScriptedChatModel::new(["Hello."]).to_model();
/// let conversations = Conversations::in_memory();
/// let chat = model.with_conversations(&conversations);
/// chat.invoke(("ada", "Hi")).await?;
///
/// assert_eq!(conversations.keys().await?, ["ada"]);
/// let conversation = conversations.load("ada").await?;
/// assert_eq!(conversation.messages("main"), [human("Hi"), ai("Hello.")]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Conversations {
    store: Arc<dyn ErasedStore>,
    queues: Arc<Queues>,
}

impl Conversations {
    /// Creates a handle to the conversations in `store`.
    pub fn new(store: impl ConversationStore) -> Self {
        Self { store: Arc::new(store), queues: Arc::default() }
    }

    /// Creates a handle to conversations in memory, which end with the program.
    pub fn in_memory() -> Self {
        Self::new(MemoryStore::new())
    }

    /// Returns the conversation with this key, with all turns that are saved.
    ///
    /// It does not wait for a turn that is open. An unknown key has a conversation without turns.
    ///
    /// # Errors
    ///
    /// Returns the error of the store.
    pub async fn load(&self, key: &str) -> Result<Conversation> {
        self.store.load(key).await
    }

    /// Returns the keys of all conversations that are saved, in any order.
    ///
    /// # Errors
    ///
    /// Returns the error of the store.
    pub async fn keys(&self) -> Result<Vec<String>> {
        self.store.keys().await
    }

    /// Lets a branch end at an earlier turn, after the open turn of the conversation has ended.
    ///
    /// A missing branch is created. Use this to go back, or to give the current line of turns a
    /// second name before an edit.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no such turn, and the error of the store.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped while it waits, nothing is changed.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_chat::prelude::*;
    /// use runnable_conversations::{ConversationExt, Conversations, TurnId};
    /// # use runnable_testing::ScriptedChatModel;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// # let model = ScriptedChatModel::new(["1", "2"]).to_model();
    /// let conversations = Conversations::in_memory();
    /// let chat = model.with_conversations(&conversations);
    /// chat.invoke(("ada", "first")).await?;
    /// chat.invoke(("ada", "second")).await?;
    ///
    /// conversations.set_branch("ada", "main", TurnId::new(1)).await?;
    /// assert_eq!(conversations.load("ada").await?.messages("main").len(), 2);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn set_branch(&self, key: &str, branch: &str, head: TurnId) -> Result<()> {
        let (mut place, _) = self.enter(key).await?;
        self.current(&mut place).await?;
        self.store.set_branch(key, branch, Some(head)).await
    }

    /// Removes the name of a branch, after the open turn of the conversation has ended. The turns
    /// remain.
    ///
    /// # Errors
    ///
    /// Returns the error of the store.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped while it waits, nothing is changed.
    pub async fn remove_branch(&self, key: &str, branch: &str) -> Result<()> {
        let _place = self.enter(key).await?;
        self.store.set_branch(key, branch, None).await
    }

    /// Deletes a conversation, after its open turn has ended.
    ///
    /// # Errors
    ///
    /// Returns the error of the store.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped while it waits, nothing is deleted.
    pub async fn delete(&self, key: &str) -> Result<()> {
        let (mut place, _) = self.enter(key).await?;
        self.store.delete(key).await?;
        place.unsaved().clear();
        Ok(())
    }

    /// Saves the turns of dropped calls that the store could not save at once.
    ///
    /// Call it before the program ends if your store does not implement
    /// [`append_now`](ConversationStore::append_now). [`MemoryStore`] and `RedbStore` do.
    ///
    /// # Errors
    ///
    /// Returns the error of the store. The turn then remains in memory.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, turns that are not saved yet remain in memory.
    pub async fn flush(&self) -> Result<()> {
        for key in self.queues.keys() {
            let (mut place, _) = self.enter(&key).await?;
            if !place.unsaved().is_empty() {
                self.current(&mut place).await?;
            }
        }
        Ok(())
    }

    async fn enter(&self, key: &str) -> Result<(Place, Duration)> {
        self.queues.enter(key, &RunContext::default()).await
    }

    /// Returns the summaries of a conversation.
    pub(crate) fn kept_summaries(&self, key: &str) -> KeptSummaries {
        KeptSummaries::new(Arc::clone(&self.store), key.into())
    }

    pub(crate) fn queues(&self) -> &Arc<Queues> {
        &self.queues
    }

    /// Returns the conversation with all turns that have ended. Saves the turns that are not saved
    /// yet.
    pub(crate) async fn current(&self, place: &mut Place) -> Result<Conversation> {
        let key = place.key().to_owned();
        let mut conversation = self.store.load(&key).await?;
        save_all(place.unsaved(), &*self.store, &key, &mut conversation).await?;
        Ok(conversation)
    }

    /// Returns the part of the conversation that a turn needs. Saves the turns that are not saved
    /// yet.
    pub(crate) async fn current_for(
        &self,
        place: &mut Place,
        input: &TurnInput,
    ) -> Result<Conversation> {
        if place.unsaved().is_empty() {
            self.store.load_line(&input.key, &input.branch, input.start).await
        } else {
            self.current(place).await
        }
    }

    /// Saves a turn that has ended.
    pub(crate) async fn save(&self, key: &str, branch: &str, turn: &Turn) -> Result<()> {
        self.store.append(key, branch, turn).await
    }

    /// Saves a turn whose call was dropped. The turn remains in memory if the store cannot save it
    /// now.
    pub(crate) fn save_dropped(&self, place: &mut Place, unsaved: Unsaved) {
        // A turn must not be saved before an earlier one.
        let saved = if place.unsaved().is_empty() {
            self.store.append_now(place.key(), &unsaved.branch, &unsaved.turn)
        } else {
            None
        };
        // An error is not lost: the next turn of the conversation tries again, and returns it.
        if !matches!(saved, Some(Ok(()))) {
            place.unsaved().push(unsaved);
        }
    }
}

impl fmt::Debug for Conversations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conversations").field("store", &self.store).finish_non_exhaustive()
    }
}
