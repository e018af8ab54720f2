//! Decodes one item of a response, such as a message or a tool call, part by part.

use std::borrow::Cow;

use runnable_chat::{
    AiMessageChunk,
    message::{
        Annotation, BlockChunk, BlockDelta, ReasoningBlock, RefusalBlock, TextBlock, ToolCallChunk,
    },
};
use runnable_http::lenient::rest_after;
use serde_json::{Value, value::RawValue};

use super::{
    block_kind::{Kind, Lost, is_json, rest_of},
    event::{Item, Part},
    part::{Blocks, PartKind, PartReader, Parts, with_logprobs},
    second_start::{EventArguments, SecondStart},
    server_block,
};
use crate::{
    shared::annotation,
    wire::{Word, items, parsed_value},
};

/// If the ID of an item is longer than this number of bytes, only the first block of the item gets
/// a copy of the ID.
const LONGEST_ID: usize = 4 << 10;

/// What has been received of an item.
#[derive(Debug, Default)]
pub(super) struct ItemReader {
    pub(super) index: u64,
    kind: Kind,
    id: Option<String>,
    /// If the item is a call, the ID and the name of the call, once they have been received.
    call: (Option<String>, Option<String>),
    phase: Option<String>,
    /// The index of the block of a call, or of the first block of reasoning.
    block: u32,
    /// The part of the arguments that was already returned.
    emitted: String,
    /// Whether `emitted` is valid JSON. `None` until this is first needed.
    is_json: Option<bool>,
    /// Arguments that were already complete in the event that started the call. They are used only
    /// if no arguments follow in later events.
    held: Option<String>,
    /// Whether the complete input of a custom tool was received.
    are_complete: bool,
    /// The start of another call of the same tool at the index of this call.
    second_start: Option<SecondStart>,
    parts: Parts,
    done: bool,
}

impl ItemReader {
    /// Creates the state of an item that starts with these fields. Also returns the first chunk of
    /// the item, if there is one.
    pub(super) fn begin(
        index: u64,
        item: Item<'_>,
        blocks: &mut Blocks,
    ) -> (Self, Option<BlockChunk>) {
        let kind = Kind::of(&item);
        let (id, phase) = (item.id.take(), item.phase.take());
        let (mut block, mut emitted, mut held) = (0, String::new(), None);
        let mut names = (None, None);
        let first = match kind {
            Kind::Message | Kind::Other => None,
            Kind::Reasoning => {
                block = blocks.next();
                let mut reasoning = ReasoningBlock::default();
                (reasoning.id, reasoning.encrypted) = (id.clone(), item.encrypted_content.take());
                Some(BlockChunk::from(BlockDelta::Reasoning(reasoning)).with_index(block))
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
                emitted.clone_from(&call.args);
                names = (call.id.clone(), call.name.clone());
                if kind == Kind::CustomCall {
                    call.extras.insert("type".into(), "custom".into());
                }
                if let Some(id) = &id {
                    call.extras.insert("item_id".into(), id.as_str().into());
                }
                Some(BlockChunk::tool_call(call).with_index(block))
            }
        };
        let call = names;
        let reader = Self { index, kind, id, call, phase, block, emitted, held, ..Self::default() };
        (reader, first)
    }

    /// Creates an item for an event that adds a part to an item whose start was not received. The
    /// type of the event determines the kind of the item. The name of a call may still arrive with
    /// the complete item.
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

    /// Returns whether a received item is this item. Comparing the IDs is not sufficient, because
    /// some gateways change the ID in each event.
    pub(super) fn is_same(&self, item: &Item<'_>, is_whole: bool) -> bool {
        let kind = Kind::of(item);
        let same = |known: &Option<String>, next: &Word<'_>| {
            known.as_deref().zip(next.name()).is_none_or(|(known, next)| known == next)
        };
        match kind {
            _ if kind != self.kind => false,
            Kind::Call | Kind::CustomCall => {
                let args = item.arguments.get().or(item.input.get()).unwrap_or_default();
                // Two starts with different complete arguments are two calls.
                if self.held.as_deref().is_some_and(|held| is_json(args) && args != held) {
                    return false;
                }
                let goes_on = is_whole && !self.done && args.starts_with(&self.emitted);
                same(&self.call.1, &item.name)
                    && (goes_on || same(&self.call.0, &item.call_id))
                    && (!self.done || args.is_empty() || args == self.emitted)
            }
            // After this item is done, another item is the same only if it has the same ID.
            _ if self.done && !is_whole => item.id.get().is_some() && same(&self.id, &item.id),
            _ => !self.done || same(&self.id, &item.id),
        }
    }

    /// Returns whether the item is a tool call.
    pub(super) fn is_call(&self) -> bool {
        matches!(self.kind, Kind::Call | Kind::CustomCall)
    }

    /// Adds a part of the arguments of a call, and returns it as a chunk.
    pub(super) fn arguments(&mut self, args: String) -> Option<BlockChunk> {
        if !self.is_call() || args.is_empty() {
            return None;
        }
        self.held = None;
        self.emitted.push_str(&args);
        self.is_json = None;
        let mut chunk = ToolCallChunk::new(args);
        if self.kind == Kind::CustomCall && self.call.1.is_none() {
            chunk.extras.insert("type".into(), "custom".into());
        }
        Some(BlockChunk::tool_call(chunk).with_index(self.block))
    }

    /// Returns the rest of the complete arguments that was not received in parts before.
    pub(super) fn all_arguments(&mut self, args: &str) -> Result<Option<BlockChunk>, Lost> {
        if self.kind == Kind::CustomCall {
            self.are_complete = true;
            let rest = rest_of(args, &self.emitted)?.into_owned();
            return Ok(self.arguments(rest));
        }
        match rest_after(args, &self.emitted).map(Cow::into_owned) {
            Some(rest) => Ok(self.arguments(rest)),
            None if args.trim().is_empty() => Ok(None),
            // The received parts already form valid JSON, so the complete arguments contain the
            // same JSON with another formatting.
            None if self.is_json() => Ok(None),
            None => Err(Lost),
        }
    }

    fn is_json(&mut self) -> bool {
        *self.is_json.get_or_insert_with(|| is_json(&self.emitted))
    }

    /// Returns whether the event that starts a call belongs to another call, because this call has a
    /// name and complete arguments. Such a start may also be the start of this call that arrived
    /// late, so the other call begins with its next event: see [`begin_again`](Self::begin_again).
    pub(super) fn is_started_again(&mut self, item: &Item<'_>) -> bool {
        let has_args = self.done || self.are_complete || self.kind == Kind::Call && self.is_json();
        let is_again = has_args
            && !self.emitted.is_empty()
            && self.call.1.is_some()
            && self.held.is_none()
            && item.arguments.get().or(item.input.get()).is_none();
        if is_again {
            self.second_start = Some(SecondStart::of(item));
        }
        is_again
    }

    /// Returns the start of the call to which arguments belong, if this call was started again and
    /// the arguments are not its own.
    pub(super) fn begin_again(&mut self, args: EventArguments<'_>) -> Option<Item<'static>> {
        let is_own = matches!(args, EventArguments::All(args) if args == self.emitted);
        let start = self.second_start.take_if(|_| !is_own)?;
        Some(start.into_item(self.kind, self.call.1.clone()))
    }

    /// Returns the arguments that were complete at the start of a call, if no arguments followed.
    pub(super) fn held_arguments(&mut self) -> Option<BlockChunk> {
        let args = self.held.take()?;
        self.arguments(args)
    }

    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns whether the item is complete.
    pub(super) fn is_done(&self) -> bool {
        self.done
    }

    /// Returns the IDs by which events may refer to the item.
    pub(super) fn ids(&self) -> impl Iterator<Item = &String> {
        [&self.id, &self.call.0].into_iter().flatten()
    }

    /// Returns the ID and the name of a call as a chunk, if the call started without them.
    pub(super) fn named(&mut self, item: &Item<'_>) -> Option<BlockChunk> {
        if !self.is_call() {
            return None;
        }
        let mut chunk = ToolCallChunk::default();
        if self.call.0.is_none() {
            chunk.id = item.call_id.name().map(str::to_owned);
        }
        if self.call.1.is_none() {
            chunk.name = item.name.name().map(str::to_owned);
        }
        if chunk == ToolCallChunk::default() {
            return None;
        }
        self.call.0 = self.call.0.take().or_else(|| chunk.id.clone());
        self.call.1 = self.call.1.take().or_else(|| chunk.name.clone());
        Some(BlockChunk::tool_call(chunk).with_index(self.block))
    }

    /// Adds text to a part of the item, and returns it as a chunk.
    pub(super) fn add_text(
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
        part.emitted.push_str(&text);
        let block = part.block;
        Some(self.delta(kind, text, begins).with_index(block))
    }

    /// Returns the end of the complete text that no earlier event contained.
    pub(super) fn complete_text(
        &mut self,
        kind: PartKind,
        index: u64,
        text: &str,
        blocks: &mut Blocks,
    ) -> Result<Option<BlockChunk>, Lost> {
        let part = self.parts.get(kind, index);
        let rest = rest_of(text, part.map_or("", |part| &part.emitted))?;
        Ok(self.add_text(kind, index, rest.into_owned(), blocks))
    }

    /// Adds an annotation to a part of the text.
    pub(super) fn annotation(
        &mut self,
        index: u64,
        annotation: Annotation,
        blocks: &mut Blocks,
    ) -> BlockChunk {
        let (part, begins) = self.part(PartKind::Text, index, blocks);
        part.annotations += 1;
        let block = part.block;
        let mut delta = self.text_block(String::new(), begins);
        delta.annotations.push(annotation);
        BlockChunk::from(BlockDelta::Text(delta)).with_index(block)
    }

    /// Completes the item: returns everything that was not received before.
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
                let reasoning =
                    (0..).zip(item.content).map(|(index, part)| (PartKind::Reasoning, index, part));
                for (kind, index, part) in parts.chain(reasoning) {
                    let text = part.text.get().unwrap_or_default();
                    if let Some(new_text) = self.complete_text(kind, index, text, blocks)? {
                        chunk = chunk.with_block(new_text);
                    }
                }
                if let Some(encrypted) = item.encrypted_content.take() {
                    let mut reasoning = ReasoningBlock::default();
                    reasoning.encrypted = Some(encrypted);
                    let delta = BlockDelta::Reasoning(reasoning);
                    chunk = chunk.with_block(BlockChunk::from(delta).with_index(self.block));
                }
            }
            Kind::Call | Kind::CustomCall => {
                chunk = self.named(&item).into_iter().fold(chunk, AiMessageChunk::with_block);
                let args = item.arguments.take().or(item.input.take()).unwrap_or_default();
                let new_args = self.all_arguments(&args)?.or_else(|| self.held_arguments());
                chunk = new_args.into_iter().fold(chunk, AiMessageChunk::with_block);
            }
            Kind::Other => {
                let item = parsed_value(Some(raw)).filter(Value::is_object);
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
            return Ok(match self.complete_text(PartKind::Refusal, index, refusal, blocks)? {
                Some(new_text) => chunk.with_block(new_text),
                None => chunk,
            });
        }
        let is_new = self.parts.get(PartKind::Text, index).is_none();
        let text = part.text.get().unwrap_or_default();
        if let Some(new_text) = self.complete_text(PartKind::Text, index, text, blocks)? {
            chunk = chunk.with_block(new_text);
        }
        if is_new {
            chunk = with_logprobs(chunk, part.logprobs);
        }
        let annotations = items(part.annotations).into_iter();
        let known = self.parts.get(PartKind::Text, index).map_or(0, |part| part.annotations);
        for new_annotation in
            annotations.skip(known).filter_map(|item| annotation(parsed_value(Some(item))?))
        {
            chunk = chunk.with_block(self.annotation(index, new_annotation, blocks));
        }
        Ok(chunk)
    }

    /// Returns the part with this kind and index, and whether it was created by this method.
    fn part(&mut self, kind: PartKind, index: u64, blocks: &mut Blocks) -> (&mut PartReader, bool) {
        let known = self.parts.place_of(kind, index);
        let place = known.unwrap_or_else(|| {
            // The first part of reasoning belongs to the block that was created with the item.
            let block = if self.kind == Kind::Reasoning && self.parts.is_empty() {
                self.block
            } else {
                blocks.next()
            };
            self.parts.push(PartReader {
                kind,
                index,
                block,
                emitted: String::new(),
                annotations: 0,
            })
        });
        (self.parts.get_mut(place), known.is_none())
    }

    /// Returns the ID of the item, if a chunk starts a new block of the item (`begins`).
    ///
    /// A long ID is returned only for the first block, because copies of a long ID for many short
    /// parts could need gigabytes.
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
            PartKind::Summary | PartKind::Reasoning => {
                let mut block = ReasoningBlock::new(text);
                block.id = self.block_id(begins);
                if begins && kind == PartKind::Reasoning {
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
            if let Some(phase) = self.phase.as_ref().filter(|phase| phase.len() <= LONGEST_ID) {
                block.extras.insert("phase".into(), phase.as_str().into());
            }
        }
        block
    }
}
