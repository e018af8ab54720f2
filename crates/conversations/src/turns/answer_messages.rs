//! [`AnswerMessages`]: outputs of chains that are answers in a conversation.

use runnable_chat::{AiMessage, Message, ai};
use runnable_core::Chunked;

/// An output of a chain that consists of messages, which a conversation keeps.
///
/// It is implemented for [`AiMessage`] and for text. For another output, use
/// [`with_conversations_by`](crate::ConversationExt::with_conversations_by).
pub trait AnswerMessages: Chunked {
    /// Returns the messages of the answer, oldest first.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_chat::ai;
    /// use runnable_conversations::AnswerMessages;
    ///
    /// assert_eq!("Hello".to_owned().answer_messages(), [ai("Hello")]);
    /// ```
    fn answer_messages(&self) -> Vec<Message>;
}

impl AnswerMessages for AiMessage {
    fn answer_messages(&self) -> Vec<Message> {
        vec![self.clone().into()]
    }
}

impl AnswerMessages for String {
    fn answer_messages(&self) -> Vec<Message> {
        vec![ai(self)]
    }
}
