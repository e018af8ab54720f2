//! Events and responses as they are on the wire.

use runnable_http::chat::MAX_TOKENS;
use serde_json::value::RawValue;

use crate::{
    shared::{Token, WireUsage},
    wire::{Arguments, Beginning, Count, List, Word, fields},
};

fields! {
    /// An event of a stream: all fields that any of them has.
    pub(super) struct Event<'a> {
        pub(super) kind = "type": Word<'a>,
        pub(super) sequence_number: Count,
        /// Which item. Ids of items are of no use for that: gateways change them with each event.
        pub(super) output_index: Count,
        /// The id of the item, if the index is not there.
        pub(super) item_id: Word<'a>,
        /// Which part of the item's content.
        pub(super) content_index: Count,
        /// Which part of the item's summary.
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

    /// An item of a response, as far as it is read into blocks.
    pub(super) struct Item<'a> {
        pub(super) kind = "type": Word<'a>,
        pub(super) id: Word<'a>,
        pub(super) status: Word<'a>,
        /// Whether a message is the answer, or a remark on the way to it.
        pub(super) phase: Word<'a>,
        pub(super) content: Beginning<Part<'a>>,
        pub(super) summary: Beginning<Part<'a>>,
        pub(super) encrypted_content: Word<'a>,
        pub(super) call_id: Word<'a>,
        pub(super) name: Word<'a>,
        pub(super) arguments: Arguments<'a>,
        /// What a tool that takes free text is given.
        pub(super) input: Word<'a>,
    }

    /// A part of a message, or of thoughts.
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
