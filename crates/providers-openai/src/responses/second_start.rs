//! The start of a call at the index of an earlier call of the same tool.

use std::borrow::Cow;

use super::{
    block_kind::Kind,
    event::{Event, Item},
};
use crate::wire::Word;

/// The start of another call, until arguments show that there is another call.
#[derive(Debug)]
pub(super) struct SecondStart {
    item_id: Option<String>,
    call_id: Option<String>,
}

impl SecondStart {
    pub(super) fn of(item: &Item<'_>) -> Self {
        let id = |word: &Word<'_>| word.name().map(str::to_owned);
        Self { item_id: id(&item.id), call_id: id(&item.call_id) }
    }

    /// Returns the start as an item of this kind.
    pub(super) fn into_item(self, kind: Kind, name: Option<String>) -> Item<'static> {
        let word = |text: Option<String>| text.map(Cow::Owned).map(Word::from).unwrap_or_default();
        let kind = match kind {
            Kind::CustomCall => "custom_tool_call",
            _ => "function_call",
        };
        Item {
            kind: Cow::Borrowed(kind).into(),
            id: word(self.item_id),
            call_id: word(self.call_id),
            name: word(name),
            ..Item::default()
        }
    }
}

/// The arguments of a call in an event.
#[derive(Clone, Copy, Debug)]
pub(super) enum EventArguments<'a> {
    Part,
    All(&'a str),
}

impl<'a> EventArguments<'a> {
    /// Returns the arguments in an event of this type, or `None` if the event is about something
    /// else.
    pub(super) fn of(kind: &str, event: &'a Event<'_>) -> Option<Self> {
        match kind {
            "function_call_arguments.delta" | "custom_tool_call_input.delta" => Some(Self::Part),
            "function_call_arguments.done" | "custom_tool_call_input.done" => {
                let args = event.arguments.get().or(event.input.get());
                Some(Self::All(args.unwrap_or_default()))
            }
            _ => None,
        }
    }
}
