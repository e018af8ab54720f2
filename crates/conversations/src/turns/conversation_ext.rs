//! [`ConversationExt`]: adds the storing of conversations to a chain.

use runnable_chat::{Message, PromptValue};
use runnable_core::Runnable;

use super::{AnswerMessages, Conversations, WithConversations};

/// Methods that add the storing of conversations to a chain.
///
/// It is implemented for every step that answers a [`PromptValue`], such as a chat model.
pub trait ConversationExt: Runnable<Input = PromptValue> {
    /// Keeps the conversations of this chain.
    ///
    /// The input of the new chain is a [`TurnInput`](crate::TurnInput): the key of a conversation
    /// and the new messages. The chain receives the earlier messages and the new messages, and the
    /// turn is saved when the chain ends. See [`WithConversations`] for details.
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
    /// # let script = ScriptedChatModel::new(["Hello Ada.", "Your name is Ada."]);
    /// # let model = script.to_model();
    /// let conversations = Conversations::in_memory();
    /// let chat = model.with_conversations(&conversations).pipe(text());
    ///
    /// chat.invoke(("a", "My name is Ada.")).await?;
    /// let answer = chat.invoke(("a", "What is my name?")).await?;
    /// assert_eq!(answer, "Your name is Ada.");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "RunnableWithMessageHistory")]
    fn with_conversations(self, conversations: &Conversations) -> WithConversations<Self>
    where
        Self::Output: AnswerMessages,
    {
        self.with_conversations_by(conversations, AnswerMessages::answer_messages)
    }

    /// Keeps the conversations of a chain with any output. `messages` returns the messages of the
    /// answer that are saved.
    ///
    /// `messages` is also called with the part of an output that arrived before a call was dropped,
    /// so it must not block.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_chat::prelude::*;
    /// use runnable_conversations::{ConversationExt, Conversations};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let conversations = Conversations::in_memory();
    /// let count = lambda(|conversation: PromptValue| conversation.messages.len());
    /// let chat = count.with_conversations_by(&conversations, |n| vec![ai(n.to_string())]);
    ///
    /// assert_eq!(chat.invoke(("a", "Hi")).await?, 1);
    /// assert_eq!(chat.invoke(("a", "Hi again")).await?, 3);
    /// # Ok(())
    /// # }
    /// ```
    fn with_conversations_by(
        self,
        conversations: &Conversations,
        messages: impl Fn(&Self::Output) -> Vec<Message> + Send + Sync + 'static,
    ) -> WithConversations<Self> {
        WithConversations::new(self, conversations.clone(), messages)
    }
}

impl<R: Runnable<Input = PromptValue>> ConversationExt for R {}
