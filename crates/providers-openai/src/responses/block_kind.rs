//! The kinds of items, and what is missing of one.

use runnable_core::{Error, ErrorKind};
use serde::de::IgnoredAny;

use super::event::Item;
use crate::wire::Word;

/// The kinds of items, by how they are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Message,
    Reasoning,
    Call,
    /// Of a tool that takes free text.
    CustomCall,
    /// What is read when it is whole.
    #[default]
    Other,
}

impl Kind {
    /// The kind of an item, by its type, or by its fields if it has none.
    pub(super) fn of(item: &Item<'_>) -> Self {
        let is_there = |word: &Word<'_>| word.get().is_some();
        match item.kind.name() {
            Some("message") => Self::Message,
            Some("reasoning") => Self::Reasoning,
            Some("function_call") => Self::Call,
            Some("custom_tool_call") => Self::CustomCall,
            Some(_) => Self::Other,
            None if is_there(&item.call_id) && is_there(&item.input) => Self::CustomCall,
            None if is_there(&item.call_id) || is_there(&item.name) => Self::Call,
            None if !item.summary.0.is_empty() || is_there(&item.encrypted_content) => {
                Self::Reasoning
            }
            None if !item.content.0.is_empty() => Self::Message,
            None => Self::Other,
        }
    }
    /// The type of an event that adds a piece to an item.
    pub(super) fn event_of_piece(self, is_summary: bool) -> &'static str {
        match self {
            Self::Message => "response.output_text.delta",
            Self::Reasoning if is_summary => "response.reasoning_summary_text.delta",
            Self::Reasoning => "response.reasoning_text.delta",
            Self::Call => "response.function_call_arguments.delta",
            Self::CustomCall => "response.custom_tool_call_input.delta",
            Self::Other => "",
        }
    }
}

/// What of a whole has not come in pieces. If the pieces do not begin it, some of them were lost.
pub(super) fn rest_of<'a>(whole: &'a str, sent: &str) -> Result<&'a str, Lost> {
    match whole.strip_prefix(sent) {
        Some(rest) => Ok(rest),
        // Some services trim the whole, or leave out what they had marked.
        None if whole.len() <= sent.len() || whole.trim() == sent.trim() => Ok(""),
        None => Err(Lost),
    }
}

/// Pieces of an item have not come, though what came after them says what they were.
#[derive(Debug)]
pub(super) struct Lost;

impl From<Lost> for Error {
    fn from(_: Lost) -> Self {
        Self::new(
            ErrorKind::Connection,
            "pieces of the answer are missing: the text that came in pieces is not the text that the \
             service says it is",
        )
    }
}

/// Whether a text is JSON.
pub(super) fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}
