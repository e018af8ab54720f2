//! Messages of a conversation.
//!
//! Their JSON form is that of LangChain's messages: an object with a `type` (`system`, `human`,
//! `ai`, `tool`) and the `content`.

mod ai;
mod plain;
mod tool;
mod variant;

pub use self::{
    ai::{AiMessage, AiMessageChunk},
    plain::{HumanMessage, SystemMessage},
    tool::{ToolMessage, ToolStatus},
    variant::{Message, ai, human, system},
};
