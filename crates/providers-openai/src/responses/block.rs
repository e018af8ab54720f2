//! An item of a response, read piece by piece.

use runnable_chat::{
    AiMessageChunk,
    message::{
        Annotation, BlockChunk, BlockDelta, ReasoningBlock, RefusalBlock, TextBlock, ToolCallChunk,
    },
};
use serde_json::{Value, value::RawValue};

use super::{
    block_kind::{Kind, Lost, is_json, rest_of},
    event::{Item, Part},
    part::{Blocks, PartKind, PartReader, Parts, with_logprobs},
    server_block,
};
use crate::{
    shared::annotation,
    wire::{Word, items, parsed},
};

/// The longest id of an item that each block of the item gets, in bytes.
const LONGEST_ID: usize = 4 << 10;

/// An item of which something has come.
#[derive(Debug, Default)]
pub(super) struct ItemReader {
    pub(super) index: u64,
    kind: Kind,
    id: Option<String>,
    /// The id and the name of a call, once they have come.
    call: (Option<String>, Option<String>),
    phase: Option<String>,
    /// The block of a call; of thoughts, the first.
    block: u32,
    /// The arguments of a call, as far as they have come.
    sent: String,
    /// Whether they are JSON, once that was asked for.
    is_json: Option<bool>,
    /// All arguments of a call that came with its beginning: they stand if no others come.
    held: Option<String>,
    parts: Parts,
    done: bool,
}

impl ItemReader {
    /// Begins an item, with what is said of it so far.
    pub(super) fn begin(
        index: u64,
        item: Item<'_>,
        blocks: &mut Blocks,
    ) -> (Self, Option<BlockChunk>) {
        let kind = Kind::of(&item);
        let (id, phase) = (item.id.take(), item.phase.take());
        let (mut block, mut sent, mut held) = (0, String::new(), None);
        let mut named = (None, None);
        let first = match kind {
            Kind::Message | Kind::Other => None,
            Kind::Reasoning => {
                block = blocks.next();
                let mut thoughts = ReasoningBlock::default();
                (thoughts.id, thoughts.encrypted) = (id.clone(), item.encrypted_content.take());
                Some(BlockChunk::from(BlockDelta::Reasoning(thoughts)).with_index(block))
            }
            Kind::Call | Kind::CustomCall => {
                block = blocks.next();
                let mut call = ToolCallChunk::default();
                let name = |word: &Word<'_>| word.name().map(str::to_owned);
                (call.id, call.name) = (name(&item.call_id), name(&item.name));
                call.args = item.arguments.take().or(item.input.take()).unwrap_or_default();
                if kind == Kind::Call && is_json(&call.args) {
                    held = Some(std::mem::take(&mut call.args));
                }
                sent.clone_from(&call.args);
                named = (call.id.clone(), call.name.clone());
                if kind == Kind::CustomCall {
                    call.extras.insert("type".into(), "custom".into());
                }
                if let Some(id) = &id {
                    call.extras.insert("item_id".into(), id.as_str().into());
                }
                Some(BlockChunk::tool_call(call).with_index(block))
            }
        };
        let begun =
            Self { index, kind, id, call: named, phase, block, sent, held, ..Self::default() };
        (begun, first)
    }

    /// The item that an event without a beginning is a piece of. The name of a call may still come
    /// with the whole item.
    pub(super) fn implied(index: u64, event: &str, blocks: &mut Blocks) -> Option<Self> {
        let kind = match event.split('.').next()? {
            "output_text" | "refusal" => Kind::Message,
            "reasoning_text" | "reasoning_summary_text" => Kind::Reasoning,
            "function_call_arguments" => Kind::Call,
            "custom_tool_call_input" => Kind::CustomCall,
            _ => return None,
        };
        let block = if kind == Kind::Message { 0 } else { blocks.next() };
        Some(Self { index, kind, block, ..Self::default() })
    }

    /// Whether an item is this one. Its id says nothing: gateways change it with each event.
    pub(super) fn is_same(&self, item: &Item<'_>, is_whole: bool) -> bool {
        let kind = Kind::of(item);
        let same = |known: &Option<String>, next: &Word<'_>| {
            known.as_deref().zip(next.name()).is_none_or(|(known, next)| known == next)
        };
        match kind {
            _ if kind != self.kind => false,
            Kind::Call | Kind::CustomCall => {
                let args = item.arguments.get().or(item.input.get()).unwrap_or_default();
                let goes_on = is_whole && !self.done && args.starts_with(&self.sent);
                same(&self.call.1, &item.name)
                    && (goes_on || same(&self.call.0, &item.call_id))
                    && (!self.done || args.is_empty() || args == self.sent)
            }
            // One that begins after it was done is another, unless it says otherwise.
            _ if self.done && !is_whole => item.id.get().is_some() && same(&self.id, &item.id),
            _ => !self.done || same(&self.id, &item.id),
        }
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
        self.held = None;
        self.sent.push_str(&args);
        self.is_json = None;
        let mut piece = ToolCallChunk::new(args);
        if self.kind == Kind::CustomCall && self.call.1.is_none() {
            piece.extras.insert("type".into(), "custom".into());
        }
        Some(BlockChunk::tool_call(piece).with_index(self.block))
    }

    /// A call's arguments as a whole: what of them has not come yet.
    pub(super) fn all_arguments(&mut self, args: &str) -> Result<Option<BlockChunk>, Lost> {
        match args.strip_prefix(&*self.sent) {
            Some(rest) => Ok(self.arguments(rest.to_owned())),
            None if args.trim().is_empty() => Ok(None),
            // The same arguments, written in another way.
            None if self.kind == Kind::Call
                && *self.is_json.get_or_insert_with(|| is_json(&self.sent)) =>
            {
                Ok(None)
            }
            None => Err(Lost),
        }
    }

    /// The arguments that came with the beginning of a call, when no others have come.
    pub(super) fn held_arguments(&mut self) -> Option<BlockChunk> {
        let args = self.held.take()?;
        self.arguments(args)
    }

    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether it is complete.
    pub(super) fn is_done(&self) -> bool {
        self.done
    }

    /// The ids by which events may refer to it.
    pub(super) fn ids(&self) -> impl Iterator<Item = &String> {
        [&self.id, &self.call.0].into_iter().flatten()
    }

    /// The id and the name of a call that began without them.
    fn named(&mut self, item: &Item<'_>) -> Option<BlockChunk> {
        let mut piece = ToolCallChunk::default();
        if self.call.0.is_none() {
            piece.id = item.call_id.name().map(str::to_owned);
        }
        if self.call.1.is_none() {
            piece.name = item.name.name().map(str::to_owned);
        }
        if piece == ToolCallChunk::default() {
            return None;
        }
        self.call.0 = self.call.0.take().or_else(|| piece.id.clone());
        self.call.1 = self.call.1.take().or_else(|| piece.name.clone());
        Some(BlockChunk::tool_call(piece).with_index(self.block))
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
        part.sent.push_str(&text);
        let block = part.block;
        Some(self.delta(kind, text, begins).with_index(block))
    }

    /// A part's text as a whole: what of it has not come yet.
    pub(super) fn whole(
        &mut self,
        kind: PartKind,
        index: u64,
        text: &str,
        blocks: &mut Blocks,
    ) -> Result<Option<BlockChunk>, Lost> {
        let part = self.parts.get(kind, index);
        let rest = rest_of(text, part.map_or("", |part| &part.sent))?;
        Ok(self.piece(kind, index, rest.to_owned(), blocks))
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
        BlockChunk::from(BlockDelta::Text(delta)).with_index(block)
    }

    /// The item is complete: adds what has not come yet.
    pub(super) fn finish(
        &mut self,
        item: Item<'_>,
        raw: &RawValue,
        blocks: &mut Blocks,
        mut chunk: AiMessageChunk,
    ) -> Result<AiMessageChunk, Lost> {
        if std::mem::replace(&mut self.done, true) {
            return Ok(chunk);
        }
        match self.kind {
            Kind::Message => {
                for (index, part) in (0..).zip(item.content) {
                    chunk = self.finish_part(index, part, blocks, chunk)?;
                }
                if self.parts.is_empty() {
                    let delta = self.text_block(String::new(), true);
                    chunk = chunk.with_block(
                        BlockChunk::from(BlockDelta::Text(delta)).with_index(blocks.next()),
                    );
                }
            }
            Kind::Reasoning => {
                let parts =
                    (0..).zip(item.summary).map(|(index, part)| (PartKind::Summary, index, part));
                let thoughts =
                    (0..).zip(item.content).map(|(index, part)| (PartKind::Thoughts, index, part));
                for (kind, index, part) in parts.chain(thoughts) {
                    let text = part.text.get().unwrap_or_default();
                    if let Some(piece) = self.whole(kind, index, text, blocks)? {
                        chunk = chunk.with_block(piece);
                    }
                }
                if let Some(encrypted) = item.encrypted_content.take() {
                    let mut thoughts = ReasoningBlock::default();
                    thoughts.encrypted = Some(encrypted);
                    let delta = BlockDelta::Reasoning(thoughts);
                    chunk = chunk.with_block(BlockChunk::from(delta).with_index(self.block));
                }
            }
            Kind::Call | Kind::CustomCall => {
                if let Some(piece) = self.named(&item) {
                    chunk = chunk.with_block(piece);
                }
                let args = item.arguments.take().or(item.input.take()).unwrap_or_default();
                let piece = self.all_arguments(&args)?.or_else(|| self.held_arguments());
                if let Some(piece) = piece {
                    chunk = chunk.with_block(piece);
                }
            }
            Kind::Other => {
                let item = parsed(Some(raw)).filter(Value::is_object);
                for block in item.map(server_block::blocks).unwrap_or_default() {
                    chunk = chunk.with_block(BlockChunk::complete(block).with_index(blocks.next()));
                }
            }
        }
        Ok(chunk)
    }

    fn finish_part(
        &mut self,
        index: u64,
        part: Part<'_>,
        blocks: &mut Blocks,
        mut chunk: AiMessageChunk,
    ) -> Result<AiMessageChunk, Lost> {
        if let Some(refusal) = part.refusal.get() {
            return Ok(match self.whole(PartKind::Refusal, index, refusal, blocks)? {
                Some(piece) => chunk.with_block(piece),
                None => chunk,
            });
        }
        let is_new = self.parts.get(PartKind::Text, index).is_none();
        let text = part.text.get().unwrap_or_default();
        if let Some(piece) = self.whole(PartKind::Text, index, text, blocks)? {
            chunk = chunk.with_block(piece);
        }
        if is_new {
            chunk = with_logprobs(chunk, part.logprobs);
        }
        let annotations = items(part.annotations).into_iter();
        let known = self.parts.get(PartKind::Text, index).map_or(0, |part| part.annotations);
        for said in annotations.skip(known).filter_map(|item| annotation(parsed(Some(item))?)) {
            chunk = chunk.with_block(self.annotation(index, said, blocks));
        }
        Ok(chunk)
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
            self.parts.push(PartReader { kind, index, block, sent: String::new(), annotations: 0 })
        });
        (self.parts.get_mut(place), known.is_none())
    }

    /// The id of the item, for a block of it. A block after the first gets no long one: an answer
    /// could make gigabytes of one long id and many short parts.
    fn block_id(&self, begins: bool) -> Option<String> {
        let id = self.id.as_ref().filter(|_| begins)?;
        (self.parts.len() < 2 || id.len() <= LONGEST_ID).then(|| id.clone())
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
