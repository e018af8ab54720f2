//! The events of a streamed answer, as far as they come often: those are read without a copy.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Map, Value};

/// Any event. What only rare events have is read from them once more.
#[derive(Deserialize)]
pub(super) struct Event<'a> {
    #[serde(borrow, default, rename = "type")]
    pub(super) kind: Cow<'a, str>,
    #[serde(default)]
    pub(super) index: Option<u64>,
    #[serde(borrow, default)]
    pub(super) delta: Option<Delta<'a>>,
}

/// What an event adds to a block.
#[derive(Deserialize)]
pub(super) struct Delta<'a> {
    #[serde(borrow, default, rename = "type")]
    pub(super) kind: Cow<'a, str>,
    #[serde(borrow, default)]
    text: Option<Text<'a>>,
    #[serde(borrow, default)]
    thinking: Option<Text<'a>>,
    #[serde(borrow, default)]
    signature: Option<Text<'a>>,
    #[serde(borrow, default)]
    partial_json: Option<Text<'a>>,
}

/// Text that is borrowed where it holds no escapes. `Option<Cow<str>>` alone never borrows.
#[derive(Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl Delta<'_> {
    pub(super) fn text(self) -> String {
        owned(self.text)
    }

    pub(super) fn thinking(self) -> String {
        owned(self.thinking)
    }

    pub(super) fn signature(self) -> String {
        owned(self.signature)
    }

    pub(super) fn partial_json(self) -> String {
        owned(self.partial_json)
    }
}

fn owned(text: Option<Text<'_>>) -> String {
    text.map(|text| text.0.into_owned()).unwrap_or_default()
}

/// The beginning of the answer.
#[derive(Deserialize)]
pub(super) struct MessageStart {
    #[serde(default)]
    pub(super) message: Map<String, Value>,
}

/// The beginning of a block.
#[derive(Deserialize)]
pub(super) struct BlockStart {
    pub(super) index: Option<u64>,
    #[serde(default)]
    pub(super) content_block: Map<String, Value>,
}

/// What is added to a block, in full.
#[derive(Deserialize)]
pub(super) struct BlockDelta {
    #[serde(default)]
    pub(super) delta: Map<String, Value>,
}

/// What is known of the answer at its end.
#[derive(Deserialize)]
pub(super) struct MessageDelta {
    #[serde(default)]
    pub(super) delta: Option<Map<String, Value>>,
    #[serde(default)]
    pub(super) usage: Option<Map<String, Value>>,
    /// All else, such as `context_management`.
    #[serde(flatten)]
    pub(super) rest: Map<String, Value>,
}
