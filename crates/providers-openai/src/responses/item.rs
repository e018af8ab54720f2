//! An item of a response, read piece by piece.

use runnable_chat::{
    AiMessageChunk,
    message::{
        Annotation, BlockChunk, BlockDelta, ReasoningBlock, RefusalBlock, TextBlock, ToolCallChunk,
    },
};
use serde_json::{Value, value::RawValue};

use super::{
    event::{Item, Part},
    server_item,
};
use crate::{annotation::annotation, logprobs::Token, wire::parsed};

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
    parts: Vec<PartReader>,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// Counts blocks.
#[derive(Debug, Default)]
pub(super) struct Blocks(u32);

impl Blocks {
    fn next(&mut self) -> u32 {
        let block = self.0;
        self.0 = block.saturating_add(1);
        block
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
        (Self { index, kind, id, phase, block, sent, parts: Vec::new(), done: false }, first)
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
        let (id, phase, sent, parts) = (None, None, 0, Vec::new());
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
        let (place, begins) = self.part(kind, index, blocks);
        let part = &mut self.parts[place];
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
        let part = self.parts.iter().find(|part| part.kind == kind && part.index == index);
        let sent = part.map_or(0, |part| part.sent);
        self.piece(kind, index, text.get(sent..).unwrap_or_default().to_owned(), blocks)
    }

    /// Something that is said about a text.
    pub(super) fn annotation(
        &mut self,
        index: u64,
        said: Annotation,
        blocks: &mut Blocks,
    ) -> BlockChunk {
        let (place, begins) = self.part(PartKind::Text, index, blocks);
        let part = &mut self.parts[place];
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
        let is_new = !self.parts.iter().any(|it| it.kind == PartKind::Text && it.index == index);
        let text = part.text.get().unwrap_or_default();
        if let Some(piece) = self.whole(PartKind::Text, index, text, blocks) {
            chunk = chunk.with(piece);
        }
        if is_new {
            chunk = with_logprobs(chunk, part.logprobs);
        }
        let annotations: Vec<Value> = parsed(part.annotations).unwrap_or_default();
        let known = self.parts.iter().find(|it| it.kind == PartKind::Text && it.index == index);
        let known = known.map_or(0, |part| part.annotations);
        for said in annotations.into_iter().skip(known).filter_map(annotation) {
            chunk = chunk.with(self.annotation(index, said, blocks));
        }
        chunk
    }

    /// Where the part is, and whether it begins here.
    fn part(&mut self, kind: PartKind, index: u64, blocks: &mut Blocks) -> (usize, bool) {
        let known = self.parts.iter().rposition(|part| part.kind == kind && part.index == index);
        if let Some(place) = known {
            return (place, false);
        }
        // The first part of thoughts goes into the block that began with the item.
        let block = match self.kind == Kind::Reasoning && self.parts.is_empty() {
            true => self.block,
            false => blocks.next(),
        };
        self.parts.push(PartReader { kind, index, block, sent: 0, annotations: 0 });
        (self.parts.len() - 1, true)
    }

    fn delta(&self, kind: PartKind, text: String, begins: bool) -> BlockChunk {
        let id = || self.id.clone().filter(|_| begins);
        let delta = match kind {
            PartKind::Text => BlockDelta::Text(self.text_block(text, begins)),
            PartKind::Refusal => {
                let mut block = RefusalBlock::new(text);
                block.id = id();
                BlockDelta::Refusal(block)
            }
            PartKind::Summary | PartKind::Thoughts => {
                let mut block = ReasoningBlock::new(text);
                block.id = id();
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
            block.id = self.id.clone();
            if let Some(phase) = &self.phase {
                block.extras.insert("phase".into(), phase.as_str().into());
            }
        }
        block
    }
}

/// How likely tokens were, if that is said.
pub(super) fn with_logprobs(chunk: AiMessageChunk, tokens: Option<Vec<Token>>) -> AiMessageChunk {
    match tokens {
        Some(tokens) if !tokens.is_empty() => {
            chunk.with_logprobs(tokens.into_iter().map(Into::into))
        }
        _ => chunk,
    }
}
