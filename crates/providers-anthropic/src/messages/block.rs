//! The content blocks of an answer that is being decoded, some of which are still growing.

use std::{
    collections::{BTreeMap, HashMap},
    mem,
};

use runnable_chat::{
    AiMessageChunk,
    message::{BlockChunk, BlockDelta, ReasoningBlock, TextBlock},
};
use runnable_core::Result;
use runnable_http::chat::{MAX_PARTS, too_many};
use serde_json::{Map, Value};

use super::{
    annotation,
    event::Added,
    open_block::{Kind, OpenBlock},
};

/// The content blocks of an answer that is being decoded.
///
/// A block is *open* between the event that starts it and the event that ends it.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    /// The open blocks, by their key. Keys increase in the order in which the blocks were opened.
    /// There is at most one open block, unless the service makes a mistake.
    open: BTreeMap<u64, OpenBlock>,
    /// For each index, the keys of the open blocks with this index, at most one of each kind.
    keys_of: HashMap<u64, Vec<u64>>,
    /// The number of times that a block was opened, including reopened blocks. This is the last
    /// key.
    opened: u64,
    /// The last ended block of each index.
    ended: HashMap<u64, OpenBlock>,
    /// The number of blocks that the answer has so far.
    places: u32,
}

impl Blocks {
    /// Adds content to the block at this index, or, if there is no index, to the open block that
    /// started last. Returns the content as a chunk.
    pub(super) fn add(&mut self, index: Option<u64>, added: Added) -> Option<BlockChunk> {
        let index = index.or(self.last()).unwrap_or_default();
        Some(match added {
            Added::Text(text) => {
                self.block(index, Kind::Text).emit(BlockDelta::Text(TextBlock::new(text)))
            }
            Added::Thinking(text) => {
                let block = ReasoningBlock::new(text);
                self.block(index, Kind::Thinking).emit(BlockDelta::Reasoning(block))
            }
            Added::Signature(signature) => {
                let mut block = ReasoningBlock::default();
                block.signature = Some(signature).filter(|signature| !signature.is_empty());
                self.block(index, Kind::Thinking).emit(BlockDelta::Reasoning(block))
            }
            Added::Args(args) if args.is_empty() => return None,
            Added::Args(args) => {
                let kind = Kind::Call { on_server: false, args: None };
                self.block(index, kind).emit_args(args)
            }
        })
    }

    /// Adds content of any type to a block, from the fields of an event. Returns the content as a
    /// chunk, or `None` if the block is returned only when it ends.
    pub(super) fn delta(
        &mut self,
        index: Option<u64>,
        fields: Map<String, Value>,
    ) -> Option<BlockChunk> {
        if let Some(added) = Added::of(&fields) {
            return self.add(index, added);
        }
        let index = index.or(self.last()).unwrap_or_default();
        if let Some(Value::Object(citation)) = fields.get("citation") {
            let mut block = TextBlock::default();
            block.annotations.push(annotation::from_api(citation.clone()));
            return Some(self.block(index, Kind::Text).emit(BlockDelta::Text(block)));
        }
        if let Some(block) = self.last_of(index) {
            block.grow(fields);
        }
        None
    }

    /// Returns the open block of this kind at this index.
    ///
    /// If there is none, the block is reopened or created, because some gateways send parts of a
    /// block after its end, or omit the event that starts a block.
    fn block(&mut self, index: u64, kind: Kind) -> &mut OpenBlock {
        let kind_of = mem::discriminant(&kind);
        let has_kind = |block: &OpenBlock| mem::discriminant(&block.kind) == kind_of;
        let is_wanted = |key: &&u64| self.open.get(*key).is_some_and(has_kind);
        let keys = self.keys_of.get(&index);
        let known = keys.and_then(|keys| keys.iter().rev().find(is_wanted)).copied();
        let reopened = match known {
            Some(_) => None,
            None => self.ended.remove(&index).filter(has_kind),
        };
        let key = known.unwrap_or_else(|| self.next_key(index));
        let places = &mut self.places;
        self.open.entry(key).or_insert_with(|| {
            reopened.unwrap_or_else(|| OpenBlock::new(index, next_place(places), kind))
        })
    }

    /// Returns a new key for a block with this index.
    fn next_key(&mut self, index: u64) -> u64 {
        self.opened += 1;
        self.keys_of.entry(index).or_default().push(self.opened);
        self.opened
    }

    /// Returns the open block with this index that was opened last.
    fn last_of(&mut self, index: u64) -> Option<&mut OpenBlock> {
        let key = self.keys_of.get(&index)?.last()?;
        self.open.get_mut(key)
    }

    /// Returns an error if there are too many blocks.
    pub(super) fn check(&self) -> Result<()> {
        match usize::try_from(self.places) {
            Ok(count) if count <= MAX_PARTS => Ok(()),
            _ => Err(too_many("blocks", MAX_PARTS)),
        }
    }

    /// Returns the index of the open block that started last.
    pub(super) fn last(&self) -> Option<u64> {
        self.open.last_key_value().map(|(_, block)| block.index)
    }

    /// Starts a block with these fields, and adds its first content to the chunk.
    ///
    /// An open block at the same index is ended first, with two exceptions. If the open block
    /// started with the same fields, the event is ignored, because it was sent twice. If parts of
    /// the open block arrived before its start, the event is taken as that start.
    pub(super) fn start(
        &mut self,
        index: Option<u64>,
        fields: Map<String, Value>,
        chunk: AiMessageChunk,
    ) -> AiMessageChunk {
        let index = index.unwrap_or_else(|| self.places.into());
        if let Some(open) = self.last_of(index) {
            if open.began_with(&fields) {
                return chunk;
            }
            if let Some(first_chunk) = open.begin_late(&fields) {
                return match first_chunk {
                    Some(first_chunk) => chunk.with_block(first_chunk),
                    None => chunk,
                };
            }
        }
        let chunk = self.stop(Some(index), chunk);
        self.ended.remove(&index);
        let (block, first_chunk) = OpenBlock::begin(index, next_place(&mut self.places), fields);
        let key = self.next_key(index);
        self.open.insert(key, block);
        match first_chunk {
            Some(first_chunk) => chunk.with_block(first_chunk),
            None => chunk,
        }
    }

    /// Ends the open blocks at this index, or all open blocks if there is no index. Adds the
    /// content that they have not returned yet to the chunk.
    pub(super) fn stop(&mut self, index: Option<u64>, mut chunk: AiMessageChunk) -> AiMessageChunk {
        let Some(index) = index else {
            self.keys_of.clear();
            let open = mem::take(&mut self.open);
            return open.into_values().fold(chunk, |all, mut block| block.end(all));
        };
        for key in self.keys_of.remove(&index).unwrap_or_default() {
            let Some(mut block) = self.open.remove(&key) else { continue };
            chunk = block.end(chunk);
            if !matches!(block.kind, Kind::Whole { .. }) {
                self.ended.insert(index, block);
            }
        }
        chunk
    }
}

/// Returns the position of the next new block in the answer.
fn next_place(places: &mut u32) -> u32 {
    let place = *places;
    *places = place.saturating_add(1);
    place
}
