//! The blocks of an answer that is being read.

use std::{collections::HashMap, mem};

use runnable_chat::{
    AiMessageChunk,
    message::{BlockChunk, BlockDelta, ReasoningBlock, TextBlock},
};
use serde_json::{Map, Value};

use super::{
    citation,
    event::Added,
    open_block::{Kind, OpenBlock},
};

/// The blocks of an answer that is being read.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    /// Those that have begun and not ended: at most one, unless a service is careless.
    open: Vec<OpenBlock>,
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
            block.annotations.push(citation::from_api(citation.clone()));
            return Some(self.block(index, Kind::Text).tell(BlockDelta::Text(block)));
        }
        if let Some(block) = self.open.iter_mut().rfind(|block| block.index == index) {
            block.grow(fields);
        }
        None
    }

    /// The block at this index, if it is of this kind. Gateways have forgotten to begin one, and have
    /// sent pieces of one that had ended.
    fn block(&mut self, index: u64, kind: Kind) -> &mut OpenBlock {
        let kind_of = mem::discriminant(&kind);
        let same =
            |block: &OpenBlock| block.index == index && mem::discriminant(&block.kind) == kind_of;
        let place = match self.open.iter().rposition(same) {
            Some(place) => place,
            None => {
                let ended = self.ended.remove(&index).filter(same);
                let block = ended.unwrap_or_else(|| {
                    let place = self.next_place();
                    OpenBlock::new(index, place, kind)
                });
                self.open.push(block);
                self.open.len() - 1
            }
        };
        &mut self.open[place]
    }

    /// The index of the block that began last and has not ended.
    pub(super) fn last(&self) -> Option<u64> {
        self.open.last().map(|block| block.index)
    }

    fn next_place(&mut self) -> u32 {
        let place = self.places;
        self.places = place.saturating_add(1);
        place
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
        let open = self.open.iter_mut().rfind(|block| block.index == index);
        if let Some(open) = open {
            if open.began_with(&fields) {
                return chunk;
            }
            if let Some(begun) = open.begin_late(&fields) {
                return match begun {
                    Some(begun) => chunk.with(begun),
                    None => chunk,
                };
            }
        }
        let chunk = self.stop(Some(index), chunk);
        self.ended.remove(&index);
        let (block, begun) = OpenBlock::begin(index, self.next_place(), fields);
        self.open.push(block);
        match begun {
            Some(begun) => chunk.with(begun),
            None => chunk,
        }
    }

    /// The blocks at this index have ended; all of them, if there is none.
    pub(super) fn stop(&mut self, index: Option<u64>, mut chunk: AiMessageChunk) -> AiMessageChunk {
        let ends = |block: &mut OpenBlock| index.is_none_or(|index| block.index == index);
        for mut block in self.open.extract_if(.., ends) {
            chunk = block.end(chunk);
            if index.is_some() && !matches!(block.kind, Kind::Whole { .. }) {
                self.ended.insert(block.index, block);
            }
        }
        chunk
    }
}
