//! [`ConversationStore`]: the trait that a store implements.

use std::{fmt, future::ready};

use runnable_core::Result;

use super::Summary;
use crate::tree::{Conversation, Turn, TurnId, TurnStart};

/// A store of conversations by key. Implement it to keep conversations in your own database.
///
/// Write the methods as `async fn`. A chain uses a store through
/// [`Conversations`](crate::Conversations), which makes sure that the turns of a conversation come
/// one after the other.
///
/// # Rules for an implementation
///
/// - [`append`](Self::append) saves the turn and the branch together, or neither. It fails if the
///   conversation already has a turn with this ID, so that two programs cannot overwrite each
///   other's turns.
/// - A save that returns `Ok` lasts, even if the program is killed directly after it.
/// - A future that is dropped may leave the save undone or done, but not half done.
///
/// # Examples
///
/// A store that keeps each conversation behind a lock:
///
/// ```
/// use std::collections::HashMap;
/// use runnable_conversations::{Conversation, ConversationStore, Turn, TurnId};
/// use runnable_core::Result;
/// use tokio::sync::Mutex;
///
/// #[derive(Debug, Default)]
/// struct Shelf(Mutex<HashMap<String, Conversation>>);
///
/// impl ConversationStore for Shelf {
///     async fn load(&self, key: &str) -> Result<Conversation> {
///         Ok(self.0.lock().await.get(key).cloned().unwrap_or_default())
///     }
///
///     async fn append(&self, key: &str, branch: &str, turn: &Turn) -> Result<()> {
///         self.0.lock().await.entry(key.to_owned()).or_default().append(branch, turn.clone())
///     }
///
///     async fn set_branch(&self, key: &str, branch: &str, head: Option<TurnId>) -> Result<()> {
///         self.0.lock().await.entry(key.to_owned()).or_default().set_branch(branch, head)
///     }
///
///     async fn delete(&self, key: &str) -> Result<()> {
///         self.0.lock().await.remove(key);
///         Ok(())
///     }
///
///     async fn keys(&self) -> Result<Vec<String>> {
///         Ok(self.0.lock().await.keys().cloned().collect())
///     }
/// }
/// ```
pub trait ConversationStore: fmt::Debug + Send + Sync + 'static {
    /// Returns the conversation with this key. An unknown key has a conversation without turns.
    fn load(&self, key: &str) -> impl Future<Output = Result<Conversation>> + Send;

    /// Returns the part of a conversation that the next turn of a branch needs.
    ///
    /// The part contains at least the branch, the turns that lead to `start`, the turn that `start`
    /// names, and the last turn of the conversation. If the branch or the turn is unknown, it is the
    /// complete conversation, so that the error can say which there are. The default loads the
    /// complete conversation. Implement this method if your database can skip the turns of other
    /// branches.
    fn load_line(
        &self,
        key: &str,
        branch: &str,
        start: TurnStart,
    ) -> impl Future<Output = Result<Conversation>> + Send {
        let _ = (branch, start);
        self.load(key)
    }

    /// Saves a turn, and moves the branch to it. A missing conversation or branch is created.
    fn append(
        &self,
        key: &str,
        branch: &str,
        turn: &Turn,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Lets a branch end at this turn. `None` removes the branch, but not its turns.
    fn set_branch(
        &self,
        key: &str,
        branch: &str,
        head: Option<TurnId>,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Returns the summaries of the conversation with this key, in any order.
    ///
    /// The default returns none: the store does not keep summaries.
    /// [`SummarizeMessages`](crate::SummarizeMessages) then keeps them in memory, and asks its model
    /// again after a restart of the program. Implement this method together with
    /// [`save_summary`](Self::save_summary).
    fn summaries(&self, key: &str) -> impl Future<Output = Result<Vec<Summary>>> + Send {
        let _ = key;
        ready(Ok(Vec::new()))
    }

    /// Saves a summary of the conversation with this key. It replaces a summary with the same ID.
    ///
    /// The default does nothing.
    fn save_summary(
        &self,
        key: &str,
        summary: &Summary,
    ) -> impl Future<Output = Result<()>> + Send {
        let _ = (key, summary);
        ready(Ok(()))
    }

    /// Deletes the conversation with this key, with its summaries. It is not an error if there is
    /// none.
    fn delete(&self, key: &str) -> impl Future<Output = Result<()>> + Send;

    /// Returns the keys of all conversations, in any order.
    fn keys(&self) -> impl Future<Output = Result<Vec<String>>> + Send;

    /// Saves a turn like [`append`](Self::append), but before it returns, without awaiting.
    ///
    /// It is called when a call is dropped, because a dropped call cannot await. The default returns
    /// `None`: the store cannot save without awaiting. The turn then stays in memory, and is saved
    /// before the next turn of the conversation, or by
    /// [`Conversations::flush`](crate::Conversations::flush).
    fn append_now(&self, key: &str, branch: &str, turn: &Turn) -> Option<Result<()>> {
        let _ = (key, branch, turn);
        None
    }
}
