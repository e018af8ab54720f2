//! An item of a response, read piece by piece.

use std::collections::HashMap;

use providers_http::chat::{MAX_PARTS, too_many};
use runnable_chat::{
    AiMessageChunk,
    message::{
        Annotation, BlockChunk, BlockDelta, ReasoningBlock, RefusalBlock, TextBlock, ToolCallChunk,
    },
};
use runnable_core::Result;
use serde_json::{Value, value::RawValue};

use super::{
    event::{Item, Part},
    server_item,
};
use crate::{annotation::annotation, logprobs::Token, wire::parsed};

/// The longest id of an item that each block of the item gets, in bytes.
const LONGEST_ID: usize = 4 << 10;

/// An item of which something has come.
#[derive(Debug)]
pub(super) struct ItemReader {
    pub(super) index: u64,
    kind: Kind,
    id: Option<String>,
    phase: Option<String>,
    /// The block of a call; of thoughts, the first.
    block: u32,
    /// How much of a call's arguments has come.
    sent: usize,
    parts: Parts,
    done: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Message,
    Reasoning,
    Call,
    /// Of a tool that takes free text.
    CustomCall,
    /// What is read when it is whole.
    Other,
}

/// What a part of an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum PartKind {
    Text,
    Refusal,
    Summary,
    /// Thoughts themselves.
    Thoughts,
}

#[derive(Debug)]
struct PartReader {
    kind: PartKind,
    index: u64,
    block: u32,
    /// How much of its text has come.
    sent: usize,
    annotations: usize,
}

/// The parts of an item. Nearly all items have one, which takes no map to be found.
#[derive(Debug, Default)]
struct Parts {
    parts: Vec<PartReader>,
    /// Where the parts after the first are.
    places: HashMap<(PartKind, u64), usize>,
}

impl Parts {
    fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    fn place_of(&self, kind: PartKind, index: u64) -> Option<usize> {
        let first = self.parts.first()?;
        if first.kind == kind && first.index == index {
            return Some(0);
        }
        self.places.get(&(kind, index)).copied()
    }

    fn get(&self, kind: PartKind, index: u64) -> Option<&PartReader> {
        self.parts.get(self.place_of(kind, index)?)
    }

    fn push(&mut self, part: PartReader) -> usize {
        let place = self.parts.len();
        if place > 0 {
            self.places.insert((part.kind, part.index), place);
        }
        self.parts.push(part);
        place
    }
}

/// Counts blocks.
#[derive(Debug, Default)]
pub(super) struct Blocks(u32);

impl Blocks {
    fn next(&mut self) -> u32 {
        let block = self.0;
        self.0 = block.saturating_add(1);
        block
    }

    /// Says whether there are more blocks than an answer may have.
    pub(super) fn check(&self) -> Result<()> {
        match usize::try_from(self.0) {
            Ok(count) if count <= MAX_PARTS => Ok(()),
            _ => Err(too_many("blocks", MAX_PARTS)),
        }
    }
}

impl ItemReader {
    /// Begins an item, with what is said of it so far.
    pub(super) fn begin(
        index: u64,
        item: Item<'_>,
        blocks: &mut Blocks,
    ) -> (Self, Option<BlockChunk>) {
        let kind = match item.kind.get().unwrap_or_default() {
            "message" => Kind::Message,
            "reasoning" => Kind::Reasoning,
            "function_call" => Kind::Call,
            "custom_tool_call" => Kind::CustomCall,
            _ => Kind::Other,
        };
        let (id, phase) = (item.id.take(), item.phase.take());
        let mut block = 0;
        let mut sent = 0;
        let first = match kind {
            Kind::Message | Kind::Other => None,
            Kind::Reasoning => {
                block = blocks.next();
                let mut thoughts = ReasoningBlock::default();
                (thoughts.id, thoughts.encrypted) = (id.clone(), item.encrypted_content.take());
                Some(BlockChunk::from(BlockDelta::Reasoning(thoughts)).at(block))
            }
            Kind::Call | Kind::CustomCall => {
                block = blocks.next();
                let mut call = ToolCallChunk::default();
                (call.id, call.name) = (item.call_id.take(), item.name.take());
                call.args = item.arguments.take().or(item.input.take()).unwrap_or_default();
                sent = call.args.len();
                if kind == Kind::CustomCall {
                    call.extras.insert("type".into(), "custom".into());
                }
                if let Some(id) = &id {
                    call.extras.insert("item_id".into(), id.as_str().into());
                }
                Some(BlockChunk::tool_call(call).at(block))
            }
        };
        (Self { index, kind, id, phase, block, sent, parts: Parts::default(), done: false }, first)
    }

    /// The item that an event without a beginning is a piece of. A call has to begin, or to come
    /// whole: without its name, its arguments say nothing.
    pub(super) fn implied(index: u64, event: &str, blocks: &mut Blocks) -> Option<Self> {
        let kind = match event.split('.').next()? {
            "output_text" | "refusal" => Kind::Message,
            "reasoning_text" | "reasoning_summary_text" => Kind::Reasoning,
            _ => return None,
        };
        let block = if kind == Kind::Message { 0 } else { blocks.next() };
        let (id, phase, sent, parts) = (None, None, 0, Parts::default());
        Some(Self { index, kind, id, phase, block, sent, parts, done: false })
    }

    /// Whether it is a call that the model wants to be made.
    pub(super) fn is_call(&self) -> bool {
        matches!(self.kind, Kind::Call | Kind::CustomCall)
    }

    /// A piece of a call's arguments.
    pub(super) fn arguments(&mut self, args: String) -> Option<BlockChunk> {
        if !self.is_call() || args.is_empty() {
            return None;
        }
        self.sent += args.len();
        Some(BlockChunk::tool_call(ToolCallChunk::new(args)).at(self.block))
    }

    /// A call's arguments as a whole: what of them has not come yet.
    pub(super) fn all_arguments(&mut self, args: &str) -> Option<BlockChunk> {
        let rest = args.get(self.sent..).unwrap_or_default().to_owned();
        self.arguments(rest)
    }

    /// A piece of a part.
    pub(super) fn piece(
        &mut self,
        kind: PartKind,
        index: u64,
        text: String,
        blocks: &mut Blocks,
    ) -> Option<BlockChunk> {
        if text.is_empty() {
            return None;
        }
        let (part, begins) = self.part(kind, index, blocks);
        part.sent += text.len();
        let block = part.block;
        Some(self.delta(kind, text, begins).at(block))
    }

    /// A part's text as a whole: what of it has not come yet.
    pub(super) fn whole(
        &mut self,
        kind: PartKind,
        index: u64,
        text: &str,
        blocks: &mut Blocks,
    ) -> Option<BlockChunk> {
        let sent = self.parts.get(kind, index).map_or(0, |part| part.sent);
        self.piece(kind, index, text.get(sent..).unwrap_or_default().to_owned(), blocks)
    }

    /// Something that is said about a text.
    pub(super) fn annotation(
        &mut self,
        index: u64,
        said: Annotation,
        blocks: &mut Blocks,
    ) -> BlockChunk {
        let (part, begins) = self.part(PartKind::Text, index, blocks);
        part.annotations += 1;
        let block = part.block;
        let mut delta = self.text_block(String::new(), begins);
        delta.annotations.push(said);
        BlockChunk::from(BlockDelta::Text(delta)).at(block)
    }

    /// The item is complete: adds what has not come yet.
    pub(super) fn finish(
        &mut self,
        item: Item<'_>,
        raw: &RawValue,
        blocks: &mut Blocks,
        mut chunk: AiMessageChunk,
    ) -> AiMessageChunk {
        if std::mem::replace(&mut self.done, true) {
            return chunk;
        }
        match self.kind {
            Kind::Message => {
                for (index, part) in (0..).zip(item.content.unwrap_or_default()) {
                    chunk = self.finish_part(index, part, blocks, chunk);
                }
                if self.parts.is_empty() {
                    let delta = self.text_block(String::new(), true);
                    chunk = chunk.with(BlockChunk::from(BlockDelta::Text(delta)).at(blocks.next()));
                }
            }
            Kind::Reasoning => {
                let summary = item.summary.unwrap_or_default().into_iter();
                let content = item.content.unwrap_or_default().into_iter();
                let parts =
                    (0..).zip(summary).map(|(index, part)| (PartKind::Summary, index, part));
                let thoughts =
                    (0..).zip(content).map(|(index, part)| (PartKind::Thoughts, index, part));
                for (kind, index, part) in parts.chain(thoughts) {
                    let text = part.text.get().unwrap_or_default();
                    if let Some(piece) = self.whole(kind, index, text, blocks) {
                        chunk = chunk.with(piece);
                    }
                }
                if let Some(encrypted) = item.encrypted_content.take() {
                    let mut thoughts = ReasoningBlock::default();
                    thoughts.encrypted = Some(encrypted);
                    let delta = BlockDelta::Reasoning(thoughts);
                    chunk = chunk.with(BlockChunk::from(delta).at(self.block));
                }
            }
            Kind::Call | Kind::CustomCall => {
                let args = item.arguments.take().or(item.input.take()).unwrap_or_default();
                if let Some(piece) = self.all_arguments(&args) {
                    chunk = chunk.with(piece);
                }
            }
            Kind::Other => {
                for block in server_item::blocks(parsed(Some(raw)).unwrap_or_default()) {
                    chunk = chunk.with(BlockChunk::whole(block).at(blocks.next()));
                }
            }
        }
        chunk
    }

    fn finish_part(
        &mut self,
        index: u64,
        part: Part<'_>,
        blocks: &mut Blocks,
        mut chunk: AiMessageChunk,
    ) -> AiMessageChunk {
        if let Some(refusal) = part.refusal.get() {
            return match self.whole(PartKind::Refusal, index, refusal, blocks) {
                Some(piece) => chunk.with(piece),
                None => chunk,
            };
        }
        let is_new = self.parts.get(PartKind::Text, index).is_none();
        let text = part.text.get().unwrap_or_default();
        if let Some(piece) = self.whole(PartKind::Text, index, text, blocks) {
            chunk = chunk.with(piece);
        }
        if is_new {
            chunk = with_logprobs(chunk, part.logprobs);
        }
        let annotations: Vec<Value> = parsed(part.annotations).unwrap_or_default();
        let known = self.parts.get(PartKind::Text, index).map_or(0, |part| part.annotations);
        for said in annotations.into_iter().skip(known).filter_map(annotation) {
            chunk = chunk.with(self.annotation(index, said, blocks));
        }
        chunk
    }

    /// The part, and whether it begins here.
    fn part(&mut self, kind: PartKind, index: u64, blocks: &mut Blocks) -> (&mut PartReader, bool) {
        let known = self.parts.place_of(kind, index);
        let place = known.unwrap_or_else(|| {
            // The first part of thoughts goes into the block that began with the item.
            let block = match self.kind == Kind::Reasoning && self.parts.is_empty() {
                true => self.block,
                false => blocks.next(),
            };
            self.parts.push(PartReader { kind, index, block, sent: 0, annotations: 0 })
        });
        (&mut self.parts.parts[place], known.is_none())
    }

    /// The id of the item, for a block of it. A block after the first gets no long one: an answer
    /// could make gigabytes of one long id and many short parts.
    fn block_id(&self, begins: bool) -> Option<String> {
        let id = self.id.as_ref().filter(|_| begins)?;
        (self.parts.parts.len() < 2 || id.len() <= LONGEST_ID).then(|| id.clone())
    }

    fn delta(&self, kind: PartKind, text: String, begins: bool) -> BlockChunk {
        let delta = match kind {
            PartKind::Text => BlockDelta::Text(self.text_block(text, begins)),
            PartKind::Refusal => {
                let mut block = RefusalBlock::new(text);
                block.id = self.block_id(begins);
                BlockDelta::Refusal(block)
            }
            PartKind::Summary | PartKind::Thoughts => {
                let mut block = ReasoningBlock::new(text);
                block.id = self.block_id(begins);
                if begins && kind == PartKind::Thoughts {
                    block.extras.insert("type".into(), "reasoning_text".into());
                }
                BlockDelta::Reasoning(block)
            }
        };
        delta.into()
    }

    fn text_block(&self, text: String, begins: bool) -> TextBlock {
        let mut block = TextBlock::new(text);
        if begins {
            block.id = self.block_id(begins);
            if let Some(phase) = self.phase.as_ref().filter(|it| it.len() <= LONGEST_ID) {
                block.extras.insert("phase".into(), phase.as_str().into());
            }
        }
        block
    }
}

/// How likely tokens were, if that is said.
pub(super) fn with_logprobs(chunk: AiMessageChunk, tokens: Vec<Token>) -> AiMessageChunk {
    match tokens.is_empty() {
        true => chunk,
        false => chunk.with_logprobs(tokens.into_iter().map(Into::into)),
    }
}
