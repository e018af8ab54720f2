//! Turns of conversations: a chain answers with the earlier messages, and the turn is saved.

mod answer_messages;
mod conversation_ext;
mod conversations;
mod open_turn;
mod queue;
mod turn_input;
mod unsaved;
mod waiting;
mod with_conversations;

pub use self::{
    answer_messages::AnswerMessages, conversation_ext::ConversationExt,
    conversations::Conversations, turn_input::TurnInput, with_conversations::WithConversations,
};
