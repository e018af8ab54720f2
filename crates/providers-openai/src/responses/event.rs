//! The JSON of events and responses, before their conversion to a message.

use runnable_http::chat::MAX_TOKENS;
use serde_json::value::RawValue;

use crate::{
    shared::{Token, WireUsage},
    wire::{Arguments, Beginning, Count, List, Word, fields, is_meaningful},
};

fields! {
    /// An event of a stream, with the fields of all types of events.
    pub(super) struct Event<'a> {
        pub(super) kind = "type": Word<'a>,
        pub(super) sequence_number: Count,
        /// The index of the item to which the event belongs. The ID of the item cannot be used,
        /// because some gateways change it in each event.
        pub(super) output_index: Count,
        /// The ID of the item, for events without an index.
        pub(super) item_id: Word<'a>,
        /// The index of the part in the content of the item.
        pub(super) content_index: Count,
        /// The index of the part in the summary of the item.
        pub(super) summary_index: Count,
        pub(super) delta: Word<'a>,
        pub(super) logprobs: List<Token<'a>, MAX_TOKENS>,
        pub(super) text: Word<'a>,
        pub(super) refusal: Word<'a>,
        pub(super) arguments: Arguments<'a>,
        pub(super) input: Word<'a>,
        pub(super) annotation: Option<&'a RawValue>,
        pub(super) item: Option<&'a RawValue>,
        pub(super) response: Option<&'a RawValue>,
        pub(super) part: Option<&'a RawValue>,
    }

    /// A response.
    pub(super) struct Response<'a> {
        pub(super) id: Word<'a>,
        pub(super) model: Word<'a>,
        pub(super) status: Word<'a>,
        pub(super) service_tier: Word<'a>,
        pub(super) output: Option<&'a RawValue>,
        pub(super) usage: Option<WireUsage<'a>>,
        pub(super) incomplete_details: Option<&'a RawValue>,
        pub(super) error: Option<&'a RawValue>,
    }

    /// An item of a response, with those of its fields that are converted to content blocks.
    pub(super) struct Item<'a> {
        pub(super) kind = "type": Word<'a>,
        pub(super) id: Word<'a>,
        pub(super) status: Word<'a>,
        /// Whether a message is the answer or a comment before it.
        pub(super) phase: Word<'a>,
        pub(super) content: Beginning<Part<'a>>,
        pub(super) summary: Beginning<Part<'a>>,
        pub(super) encrypted_content: Word<'a>,
        pub(super) call_id: Word<'a>,
        pub(super) name: Word<'a>,
        pub(super) arguments: Arguments<'a>,
        /// The input of a custom tool.
        pub(super) input: Word<'a>,
    }

    /// A part of a message or of reasoning.
    pub(super) struct Part<'a> {
        pub(super) text: Word<'a>,
        pub(super) refusal: Word<'a>,
        pub(super) annotations: Option<&'a RawValue>,
        pub(super) logprobs: List<Token<'a>, MAX_TOKENS>,
    }
    => |text| {
        Some(Self { text: text.into(), ..Self::default() })
    }
}

impl Response<'_> {
    /// Returns whether `output` can be read as a list of items. A single item that is not empty
    /// counts as a list with one item.
    pub(super) fn has_items(&self) -> bool {
        match self.output.map_or("", RawValue::get).as_bytes() {
            [b'[', ..] => true,
            [b'{', ..] => is_meaningful(self.output),
            _ => false,
        }
    }
}
