//! The blocks of an answer that is being read.

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

/// The blocks of an answer that is being read.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    /// Those that have begun and not ended, in the order in which they were opened: at most one,
    /// unless a service is careless.
    open: BTreeMap<u64, OpenBlock>,
    /// The keys of the open blocks of an index: one of each kind at most.
    keys_of: HashMap<u64, Vec<u64>>,
    /// How many were opened, some of them again.
    opened: u64,
    /// Those that have ended, by their index.
    ended: HashMap<u64, OpenBlock>,
    /// How many have begun.
    places: u32,
}

impl Blocks {
    /// What a piece adds to the block at this index, or to the last.
    pub(super) fn add(&mut self, index: Option<u64>, added: Added) -> Option<BlockChunk> {
        let index = index.or(self.last()).unwrap_or_default();
        Some(match added {
            Added::Text(text) => {
                self.block(index, Kind::Text).tell(BlockDelta::Text(TextBlock::new(text)))
            }
            Added::Thinking(text) => {
                let block = ReasoningBlock::new(text);
                self.block(index, Kind::Thinking).tell(BlockDelta::Reasoning(block))
            }
            Added::Signature(signature) => {
                let mut block = ReasoningBlock::default();
                block.signature = Some(signature).filter(|it| !it.is_empty());
                self.block(index, Kind::Thinking).tell(BlockDelta::Reasoning(block))
            }
            Added::Args(args) if args.is_empty() => return None,
            Added::Args(args) => {
                let kind = Kind::Call { on_server: false, args: None };
                self.block(index, kind).tell_args(args)
            }
        })
    }

    /// What a piece adds to a block, whatever it is.
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
            return Some(self.block(index, Kind::Text).tell(BlockDelta::Text(block)));
        }
        if let Some(block) = self.last_of(index) {
            block.grow(fields);
        }
        None
    }

    /// The block at this index, if it is of this kind. Gateways have forgotten to begin one, and have
    /// sent pieces of one that had ended.
    fn block(&mut self, index: u64, kind: Kind) -> &mut OpenBlock {
        let kind_of = mem::discriminant(&kind);
        let same = |block: &OpenBlock| mem::discriminant(&block.kind) == kind_of;
        let is_same = |key: &&u64| self.open.get(*key).is_some_and(same);
        let keys = self.keys_of.get(&index);
        let known = keys.and_then(|keys| keys.iter().rev().find(is_same)).copied();
        let reopened = match known {
            Some(_) => None,
            None => self.ended.remove(&index).filter(same),
        };
        let key = known.unwrap_or_else(|| self.next_key(index));
        let places = &mut self.places;
        self.open.entry(key).or_insert_with(|| {
            reopened.unwrap_or_else(|| OpenBlock::new(index, next_place(places), kind))
        })
    }

    /// A key for a block that is opened.
    fn next_key(&mut self, index: u64) -> u64 {
        self.opened += 1;
        self.keys_of.entry(index).or_default().push(self.opened);
        self.opened
    }

    /// The block of this index that was opened last.
    fn last_of(&mut self, index: u64) -> Option<&mut OpenBlock> {
        let key = self.keys_of.get(&index)?.last()?;
        self.open.get_mut(key)
    }

    /// Says whether there are more blocks than an answer may have.
    pub(super) fn check(&self) -> Result<()> {
        match usize::try_from(self.places) {
            Ok(count) if count <= MAX_PARTS => Ok(()),
            _ => Err(too_many("blocks", MAX_PARTS)),
        }
    }

    /// The index of the block that began last and has not ended.
    pub(super) fn last(&self) -> Option<u64> {
        self.open.last_key_value().map(|(_, block)| block.index)
    }

    /// A block begins. One that was open at its index has ended, though nobody said so, unless it is
    /// the same once more, or pieces of this one came before its beginning.
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
            if let Some(begun) = open.begin_late(&fields) {
                return match begun {
                    Some(begun) => chunk.with_block(begun),
                    None => chunk,
                };
            }
        }
        let chunk = self.stop(Some(index), chunk);
        self.ended.remove(&index);
        let (block, begun) = OpenBlock::begin(index, next_place(&mut self.places), fields);
        let key = self.next_key(index);
        self.open.insert(key, block);
        match begun {
            Some(begun) => chunk.with_block(begun),
            None => chunk,
        }
    }

    /// The blocks at this index have ended; all of them, if there is none.
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

/// The place of the next block.
fn next_place(places: &mut u32) -> u32 {
    let place = *places;
    *places = place.saturating_add(1);
    place
}
