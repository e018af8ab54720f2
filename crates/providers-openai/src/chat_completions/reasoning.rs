//! Reasoning, in the forms in which services send it and expect it back.

use std::collections::HashMap;

use runnable_chat::message::{BlockChunk, BlockDelta, ReasoningBlock};
use serde_json::{Map, Value};

use super::event::Detail;

/// The index of the block with all reasoning that is plain text.
const PLAIN: u32 = 0;

/// Creates a chunk of reasoning that is plain text.
pub(super) fn plain(text: String) -> BlockChunk {
    BlockChunk::reasoning(text).with_index(PLAIN)
}

/// The name of the extra of a reasoning block that contains the field in which the service sent the
/// reasoning. If a block does not have this extra, the field is `reasoning_content`.
const FIELD: &str = "field";

/// Creates the first chunk of reasoning that was sent in this field. The chunk names the field.
pub(super) fn plain_in(field: &str, text: String) -> BlockChunk {
    let mut block = ReasoningBlock::new(text);
    block.extras.insert(FIELD.into(), field.into());
    BlockChunk::from(BlockDelta::Reasoning(block)).with_index(PLAIN)
}

/// Returns the field in which the service sent this block, if the block names it.
pub(super) fn field(block: &ReasoningBlock) -> Option<&str> {
    block.extras.get(FIELD).and_then(Value::as_str)
}

/// Assigns [`Detail`]s to blocks. Services number the details of each type separately, or not at
/// all.
#[derive(Debug, Default)]
pub(super) struct Details {
    /// For the type and the index of a detail, the position of its block.
    places: HashMap<String, HashMap<Option<u32>, u32>>,
    /// The number of blocks so far.
    count: u32,
}

impl Details {
    /// Converts a detail to a chunk of its block.
    pub(super) fn piece(&mut self, detail: Detail<'_>) -> BlockChunk {
        let (kind, index) = (detail.kind.get().unwrap_or_default(), detail.index.index());
        let known = self.places.get(kind).and_then(|places| places.get(&index)).copied();
        let mut block = ReasoningBlock::default();
        let place = known.unwrap_or_else(|| {
            block.extras.insert("type".into(), kind.into());
            if let Some(format) = detail.format.get() {
                block.extras.insert("format".into(), format.into());
            }
            let place = self.count;
            self.count = place.saturating_add(1);
            self.places.entry(kind.to_owned()).or_default().insert(index, place);
            place
        });
        block.reasoning = detail.text.or(detail.summary).take().unwrap_or_default();
        block.signature = detail.signature.take();
        block.encrypted = detail.data.take();
        block.id = detail.id.take();
        BlockChunk::from(BlockDelta::Reasoning(block)).with_index(place.saturating_add(PLAIN + 1))
    }
}

/// Returns whether one of the details contains readable reasoning.
pub(super) fn show_text(details: &[Detail<'_>]) -> bool {
    details.iter().any(|detail| detail.text.get().or(detail.summary.get()).is_some())
}

/// Converts a block back to the detail from which it was created. Returns `None` if it was not
/// created from a detail.
pub(super) fn detail(block: &ReasoningBlock, index: usize) -> Option<Value> {
    let kind = block.extras.get("type").and_then(Value::as_str)?;
    let text = match kind {
        "reasoning.text" => Some("text"),
        "reasoning.summary" => Some("summary"),
        "reasoning.encrypted" => None,
        _ => return None,
    };
    let mut fields: Map<String, Value> = block.extras.clone();
    fields.insert("index".into(), index.into());
    if let Some(text) = text {
        fields.insert(text.into(), block.reasoning.as_str().into());
    }
    let hidden = [("signature", &block.signature), ("data", &block.encrypted), ("id", &block.id)];
    fields.extend(hidden.into_iter().filter_map(|(key, value)| {
        value.as_ref().map(|value| (key.to_owned(), Value::from(value.as_str())))
    }));
    Some(fields.into())
}
