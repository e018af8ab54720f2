//! The kinds of items, and the error of an incomplete item.

use std::borrow::Cow;

use runnable_core::{Error, ErrorKind};
use runnable_http::lenient::rest_after;
use serde::de::IgnoredAny;

use super::event::Item;
use crate::wire::Word;

/// The kind of an item, which determines how its parts are decoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Message,
    Reasoning,
    Call,
    /// A call of a custom tool, whose input is free text.
    CustomCall,
    /// Any other item. It is decoded only when it is complete.
    #[default]
    Other,
}

impl Kind {
    /// Returns the kind of an item: by its type, or, if it has no type, by the fields that it has.
    pub(super) fn of(item: &Item<'_>) -> Self {
        let is_present = |word: &Word<'_>| word.get().is_some();
        match item.kind.name() {
            Some("message") => Self::Message,
            Some("reasoning") => Self::Reasoning,
            Some("function_call") => Self::Call,
            Some("custom_tool_call") => Self::CustomCall,
            Some(_) => Self::Other,
            None if is_present(&item.call_id) && is_present(&item.input) => Self::CustomCall,
            None if is_present(&item.call_id) || is_present(&item.name) => Self::Call,
            None if !item.summary.0.is_empty() || is_present(&item.encrypted_content) => {
                Self::Reasoning
            }
            None if !item.content.0.is_empty() => Self::Message,
            None => Self::Other,
        }
    }
    /// Returns the type of the event that adds a part to an item of this kind.
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

/// Returns the part of a complete text that was not received in parts before. If the text does not
/// start with the received parts, some of them were lost.
pub(super) fn rest_of<'a>(whole: &'a str, sent: &str) -> Result<Cow<'a, str>, Lost> {
    match rest_after(whole, sent) {
        Some(rest) => Ok(rest),
        // Some services trim the complete text, or remove citation marks from it.
        None if whole.len() <= sent.len() || whole.trim() == sent.trim() => Ok(Cow::Borrowed("")),
        None => Err(Lost),
    }
}

/// The error for an item whose complete text does not start with the text received in parts, which
/// means that parts were lost.
#[derive(Debug)]
pub(super) struct Lost;

impl From<Lost> for Error {
    fn from(_: Lost) -> Self {
        Self::new(
            ErrorKind::Connection,
            "parts of the answer are missing: the streamed text differs from the complete text that \
             the service sent at the end",
        )
    }
}

/// Returns whether a text is valid JSON.
pub(super) fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}
