//! The blocks of an answer that is being read.

use std::{
    collections::{BTreeMap, HashMap},
    mem,
};

use providers_http::{
    Frame,
    chat::{MAX_PARTS, too_many},
};
use runnable_chat::{
    AiMessageChunk,
    message::{BlockChunk, BlockDelta, ReasoningBlock, TextBlock},
};
use runnable_core::Result;
use serde_json::{Map, Value};

use super::{
    citation,
    event::{self, Event},
    open_block::{Kind, OpenBlock},
};

/// The blocks of an answer that is being read.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    /// Those that have begun and not ended, by their place: at most one, unless a service is
    /// careless.
    open: BTreeMap<u32, OpenBlock>,
    /// The places of the open blocks of an index: one of each kind at most.
    places_of: HashMap<u64, Vec<u32>>,
    /// How many have begun.
    places: u32,
}

impl Blocks {
    /// What a piece adds to a block.
    pub(super) fn delta(&mut self, event: Event<'_>, frame: &Frame) -> Result<Option<BlockChunk>> {
        let Some(delta) = event.delta else { return Ok(None) };
        let index = event.index.or(self.last()).unwrap_or_default();
        let piece = match &*delta.kind {
            "text_delta" => {
                let text = TextBlock::new(delta.text());
                self.block(index, Kind::Text).tell(BlockDelta::Text(text))
            }
            "thinking_delta" => {
                let block = ReasoningBlock::new(delta.thinking());
                self.block(index, Kind::Thinking).tell(BlockDelta::Reasoning(block))
            }
            "signature_delta" => {
                let mut block = ReasoningBlock::default();
                block.signature = Some(delta.signature()).filter(|it| !it.is_empty());
                self.block(index, Kind::Thinking).tell(BlockDelta::Reasoning(block))
            }
            "input_json_delta" => match delta.partial_json() {
                args if args.is_empty() => return Ok(None),
                args => {
                    let kind = Kind::Call { on_server: false, args: None };
                    self.block(index, kind).tell_args(args)
                }
            },
            "citations_delta" => {
                let delta: event::BlockDelta = frame.json()?;
                let Some(Value::Object(fields)) = delta.delta.get("citation").cloned() else {
                    return Ok(None);
                };
                let mut block = TextBlock::default();
                block.annotations.push(citation::from_api(fields));
                self.block(index, Kind::Text).tell(BlockDelta::Text(block))
            }
            _ => {
                let delta: event::BlockDelta = frame.json()?;
                let place = self.places_of.get(&index).and_then(|places| places.last());
                if let Some(block) = place.and_then(|place| self.open.get_mut(place)) {
                    block.grow(delta.delta);
                }
                return Ok(None);
            }
        };
        Ok(Some(piece))
    }

    /// The open block at this index, if it is of this kind. Gateways have forgotten to begin one.
    fn block(&mut self, index: u64, kind: Kind) -> &mut OpenBlock {
        let is_same = |place: &&u32| {
            let block = self.open.get(*place);
            block.is_some_and(|it| mem::discriminant(&it.kind) == mem::discriminant(&kind))
        };
        let places = self.places_of.get(&index);
        let known = places.and_then(|places| places.iter().rev().find(is_same)).copied();
        let place = known.unwrap_or_else(|| {
            let place = self.next_place();
            self.places_of.entry(index).or_default().push(place);
            place
        });
        self.open.entry(place).or_insert_with(|| OpenBlock::new(index, place, kind))
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

    fn next_place(&mut self) -> u32 {
        let place = self.places;
        self.places = place.saturating_add(1);
        place
    }

    /// A block begins. One that was open at its index has ended, though nobody said so.
    pub(super) fn start(
        &mut self,
        index: Option<u64>,
        fields: Map<String, Value>,
        chunk: AiMessageChunk,
    ) -> AiMessageChunk {
        let place = self.next_place();
        let index = index.unwrap_or_else(|| place.into());
        let chunk = self.stop(Some(index), chunk);
        let (block, begun) = OpenBlock::begin(index, place, fields);
        self.open.insert(place, block);
        self.places_of.entry(index).or_default().push(place);
        match begun {
            Some(begun) => chunk.with(begun),
            None => chunk,
        }
    }

    /// The blocks at this index have ended; all of them, if there is none.
    pub(super) fn stop(&mut self, index: Option<u64>, mut chunk: AiMessageChunk) -> AiMessageChunk {
        let Some(index) = index else {
            self.places_of.clear();
            return mem::take(&mut self.open).into_values().fold(chunk, |all, it| it.end(all));
        };
        for place in self.places_of.remove(&index).unwrap_or_default() {
            if let Some(block) = self.open.remove(&place) {
                chunk = block.end(chunk);
            }
        }
        chunk
    }
}
