//! Events and responses as they are on the wire.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{
    logprobs::Token,
    usage::WireUsage,
    wire::{Arguments, Count, Word},
};

/// An event of a stream: all fields that any of them has.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Event<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Word<'a>,
    /// Which item. Ids of items are of no use for that: gateways change them with each event.
    pub(super) output_index: Count,
    /// Which part of the item's content.
    pub(super) content_index: Count,
    /// Which part of the item's summary.
    pub(super) summary_index: Count,
    #[serde(borrow)]
    pub(super) delta: Word<'a>,
    pub(super) logprobs: Option<Vec<Token>>,
    #[serde(borrow)]
    pub(super) text: Word<'a>,
    #[serde(borrow)]
    pub(super) refusal: Word<'a>,
    #[serde(borrow)]
    pub(super) arguments: Arguments<'a>,
    #[serde(borrow)]
    pub(super) input: Word<'a>,
    #[serde(borrow)]
    pub(super) annotation: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) item: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) response: Option<&'a RawValue>,
}

/// A response.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Response<'a> {
    #[serde(borrow)]
    pub(super) id: Word<'a>,
    #[serde(borrow)]
    pub(super) model: Word<'a>,
    #[serde(borrow)]
    pub(super) status: Word<'a>,
    #[serde(borrow)]
    pub(super) service_tier: Word<'a>,
    #[serde(borrow)]
    pub(super) output: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    pub(super) usage: Option<WireUsage<'a>>,
    #[serde(borrow)]
    pub(super) incomplete_details: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) error: Option<&'a RawValue>,
}

/// An item of a response, as far as it is read into blocks.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Item<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Word<'a>,
    #[serde(borrow)]
    pub(super) id: Word<'a>,
    /// Whether a message is the answer, or a remark on the way to it.
    #[serde(borrow)]
    pub(super) phase: Word<'a>,
    #[serde(borrow)]
    pub(super) content: Option<Vec<Part<'a>>>,
    #[serde(borrow)]
    pub(super) summary: Option<Vec<Part<'a>>>,
    #[serde(borrow)]
    pub(super) encrypted_content: Word<'a>,
    #[serde(borrow)]
    pub(super) call_id: Word<'a>,
    #[serde(borrow)]
    pub(super) name: Word<'a>,
    #[serde(borrow)]
    pub(super) arguments: Arguments<'a>,
    /// What a tool that takes free text is given.
    #[serde(borrow)]
    pub(super) input: Word<'a>,
}

/// A part of a message, or of thoughts.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Part<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Word<'a>,
    #[serde(borrow)]
    pub(super) text: Word<'a>,
    #[serde(borrow)]
    pub(super) refusal: Word<'a>,
    #[serde(borrow)]
    pub(super) annotations: Option<&'a RawValue>,
    pub(super) logprobs: Option<Vec<Token>>,
}
