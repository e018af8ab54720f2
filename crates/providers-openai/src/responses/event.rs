//! Events and responses as they are on the wire.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{
    logprobs::Token,
    usage::WireUsage,
    wire::{Arguments, Count, Word, some_parts, tokens},
};

/// An event of a stream: all fields that any of them has.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Event<'a> {
    #[serde(borrow, default, rename = "type")]
    pub(super) kind: Word<'a>,
    /// Which item. Ids of items are of no use for that: gateways change them with each event.
    #[serde(default)]
    pub(super) output_index: Count,
    /// Which part of the item's content.
    #[serde(default)]
    pub(super) content_index: Count,
    /// Which part of the item's summary.
    #[serde(default)]
    pub(super) summary_index: Count,
    #[serde(borrow, default)]
    pub(super) delta: Word<'a>,
    #[serde(default, deserialize_with = "tokens")]
    pub(super) logprobs: Vec<Token>,
    #[serde(borrow, default)]
    pub(super) text: Word<'a>,
    #[serde(borrow, default)]
    pub(super) refusal: Word<'a>,
    #[serde(borrow, default)]
    pub(super) arguments: Arguments<'a>,
    #[serde(borrow, default)]
    pub(super) input: Word<'a>,
    #[serde(borrow, default)]
    pub(super) annotation: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) item: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) response: Option<&'a RawValue>,
}

/// A response.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Response<'a> {
    #[serde(borrow, default)]
    pub(super) id: Word<'a>,
    #[serde(borrow, default)]
    pub(super) model: Word<'a>,
    #[serde(borrow, default)]
    pub(super) status: Word<'a>,
    #[serde(borrow, default)]
    pub(super) service_tier: Word<'a>,
    #[serde(borrow, default, deserialize_with = "some_parts")]
    pub(super) output: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default)]
    pub(super) usage: Option<WireUsage<'a>>,
    #[serde(borrow, default)]
    pub(super) incomplete_details: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) error: Option<&'a RawValue>,
}

/// An item of a response, as far as it is read into blocks.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Item<'a> {
    #[serde(borrow, default, rename = "type")]
    pub(super) kind: Word<'a>,
    #[serde(borrow, default)]
    pub(super) id: Word<'a>,
    /// Whether a message is the answer, or a remark on the way to it.
    #[serde(borrow, default)]
    pub(super) phase: Word<'a>,
    #[serde(borrow, default, deserialize_with = "some_parts")]
    pub(super) content: Option<Vec<Part<'a>>>,
    #[serde(borrow, default, deserialize_with = "some_parts")]
    pub(super) summary: Option<Vec<Part<'a>>>,
    #[serde(borrow, default)]
    pub(super) encrypted_content: Word<'a>,
    #[serde(borrow, default)]
    pub(super) call_id: Word<'a>,
    #[serde(borrow, default)]
    pub(super) name: Word<'a>,
    #[serde(borrow, default)]
    pub(super) arguments: Arguments<'a>,
    /// What a tool that takes free text is given.
    #[serde(borrow, default)]
    pub(super) input: Word<'a>,
}

/// A part of a message, or of thoughts.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Part<'a> {
    #[serde(borrow, default)]
    pub(super) text: Word<'a>,
    #[serde(borrow, default)]
    pub(super) refusal: Word<'a>,
    #[serde(borrow, default)]
    pub(super) annotations: Option<&'a RawValue>,
    #[serde(default, deserialize_with = "tokens")]
    pub(super) logprobs: Vec<Token>,
}
