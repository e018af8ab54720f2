//! One of the answers that a stream gives.

use std::{collections::HashMap, sync::Arc};

use runnable_chat::{
    AiMessageChunk, ContentBlock, Media,
    message::{Annotation, BlockChunk, BlockDelta, TextBlock, ToolCallChunk},
};
use runnable_core::Chunk;
use runnable_http::lenient::Halves;
use serde_json::{Value, json, value::RawValue};

use super::{
    audio::Sound,
    content::{Content, Part},
    event::{Call, Choice, Delta, Function},
    reasoning::{self, Details},
    shared_index::SharedIndexes,
};
use crate::{
    shared::{annotation, image},
    wire::{Word, items, parsed},
};

/// What is known of one of the answers so far.
#[derive(Debug)]
pub(super) struct ChoiceReader {
    pub(super) index: u32,
    /// Whether it has said why it stopped.
    pub(super) finished: bool,
    /// Whether anything of its message has come.
    begun: bool,
    /// The index after the last tool call.
    next_call: u32,
    /// The index of the tool call that last began with an id.
    call_ids: HashMap<String, u32>,
    /// The name in the last piece of a call without id and index.
    uncounted: Option<String>,
    /// Calls to which the service gives one index; `None` without tools, which tell them apart.
    shared: Option<SharedIndexes>,
    /// Characters that were cut between two events.
    halves: Halves,
    details: Details,
    /// Whether thoughts came in the field `reasoning`.
    has_reasoning: bool,
    images: u32,
    sound: Option<Sound>,
    function: Option<OldCall>,
}

impl ChoiceReader {
    pub(super) fn new(index: u32, tools: Option<Arc<[String]>>) -> Self {
        let shared = tools.map(SharedIndexes::new);
        let (finished, next_call, details, images) = (false, 0, Details::default(), 0);
        let (call_ids, sound, function) = (HashMap::new(), None, None);
        let (begun, uncounted, halves) = (false, None, Halves::default());
        let has_reasoning = false;
        Self {
            index,
            finished,
            begun,
            next_call,
            call_ids,
            uncounted,
            shared,
            halves,
            details,
            has_reasoning,
            images,
            sound,
            function,
        }
    }

    /// Whether half a character waits for the rest.
    pub(super) fn is_waiting(&self) -> bool {
        self.halves.is_waiting()
    }

    /// What this event, or this whole answer, adds.
    pub(super) fn read(
        &mut self,
        choice: Choice<'_>,
        form: Form,
        audio_format: &str,
    ) -> AiMessageChunk {
        let mut chunk = AiMessageChunk::default();
        let message = choice.message.map(|message| *message);
        let (first, second) = match form {
            Form::Whole => (message, choice.delta),
            Form::Event { .. } => (choice.delta, message),
        };
        if let Some(delta) = first {
            chunk = self.delta(delta, form == Form::Whole, chunk);
        }
        // Services repeat the message beside the last event, and have sent it in no other place.
        if chunk.is_empty()
            && !self.begun
            && let Some(delta) = second
        {
            chunk = self.delta(delta, form == Form::Whole, chunk);
        }
        if chunk.is_empty()
            && let Some(text) = choice.text.take()
        {
            chunk = chunk.with_block(text_piece(text));
        }
        if matches!(form, Form::Event { repaired: true }) || self.halves.is_waiting() {
            chunk = self.halves.join(chunk);
        }
        self.begun |= !chunk.is_empty();
        if let Some(logprobs) = choice.logprobs {
            let tokens = logprobs.content.into_iter().chain(logprobs.refusal);
            let mut tokens = tokens.map(Into::into).peekable();
            if tokens.peek().is_some() {
                chunk = chunk.with_logprobs(tokens);
            }
        }
        if let Some(results) = filtered(choice.content_filter_results) {
            chunk = chunk.with_metadata("content_filter_results", results);
        }
        if let Some(reason) = choice.finish_reason.name() {
            self.finished = true;
            chunk = self.finish(chunk, audio_format);
            if let Some(native) = choice.native_finish_reason.get()
                && native != reason
            {
                chunk = chunk.with_metadata("native_finish_reason", native);
            }
            chunk = chunk.with_raw_finish_reason(reason);
        }
        chunk
    }

    /// What was kept until the end.
    pub(super) fn finish(
        &mut self,
        mut chunk: AiMessageChunk,
        audio_format: &str,
    ) -> AiMessageChunk {
        if self.halves.is_waiting() {
            chunk.merge(self.halves.finish());
        }
        if let Some(call) = self.function.as_mut().and_then(OldCall::rest) {
            chunk = chunk.with_block(call);
        }
        match self.sound.take() {
            Some(sound) => chunk.with_block(BlockChunk::complete(sound.finish(audio_format))),
            None => chunk,
        }
    }

    fn delta(
        &mut self,
        delta: Delta<'_>,
        is_whole: bool,
        mut chunk: AiMessageChunk,
    ) -> AiMessageChunk {
        let shown = reasoning::show_text(&delta.reasoning_details.0);
        if !shown && let Some(text) = delta.reasoning_content.take() {
            chunk = chunk.with_block(reasoning::plain(text));
        } else if !shown && let Some(text) = delta.reasoning.take() {
            // Once is enough: it is the same in all pieces.
            chunk = chunk.with_block(match std::mem::replace(&mut self.has_reasoning, true) {
                false => reasoning::plain_in("reasoning", text),
                true => reasoning::plain(text),
            });
        }
        for detail in delta.reasoning_details {
            chunk = chunk.with_block(self.details.piece(detail));
        }
        chunk = match delta.content {
            Content::None => chunk,
            Content::Text(text) if text.is_empty() => chunk,
            Content::Text(text) => chunk.with_block(text_piece(text.into_owned())),
            Content::Parts(parts) => parts.into_iter().fold(chunk, part),
        };
        if let Some(refusal) = delta.refusal.take() {
            chunk = chunk.with_block(BlockChunk::refusal(refusal).with_index(0));
        }
        let annotations = items(delta.annotations).into_iter();
        let annotations = annotations.filter_map(|item| annotation(parsed(Some(item))?));
        chunk = annotated(chunk, annotations.collect());
        for call in delta.tool_calls {
            if let Some(piece) = self.call(call, is_whole) {
                chunk = chunk.with_block(piece);
            }
        }
        if let Some(function) = delta.function_call {
            let call = self.function.get_or_insert_default().push(*function);
            chunk = call.into_iter().fold(chunk, AiMessageChunk::with_block);
        }
        for shown in items(delta.images) {
            let shown: Value = parsed(Some(shown)).unwrap_or_default();
            if let Some(url) = shown["image_url"]["url"].as_str() {
                chunk = chunk.with_block(self.image(image(url)));
            }
        }
        if let Some(audio) = delta.audio {
            self.sound.get_or_insert_default().push(*audio);
        }
        match parsed::<Value>(delta.executed_tools) {
            Some(tools) => chunk.with_metadata("executed_tools", tools),
            None => chunk,
        }
    }

    /// A piece of a tool call. Services count calls from 0 or from 1, reuse an index for a call of
    /// another id, name a call in each of its pieces, or count nothing.
    fn call(&mut self, call: Call<'_>, is_whole: bool) -> Option<BlockChunk> {
        let mut piece = ToolCallChunk::default();
        let is_custom = call.custom.is_some();
        if let Some(function) = call.function.or(call.custom) {
            piece.name = function.name.name().map(str::to_owned);
            let args = function.arguments.take().or(function.input.take());
            piece.args = args.unwrap_or_default();
        }
        if is_custom {
            piece.extras.insert("type".into(), "custom".into());
        }
        // Mistral writes "null" where a call goes on.
        piece.id = call.id.take().filter(|id| id != "null");
        if let Some(extra) = parsed::<Value>(call.extra_content) {
            piece.extras.insert("extra_content".into(), extra);
        }
        if piece == ToolCallChunk::default() {
            return None;
        }
        // In a whole answer, each call stands for itself.
        let counted = call.index.index().filter(|_| !is_whole);
        let index = counted.unwrap_or_else(|| self.index_of(&piece, is_whole));
        let is_counted = counted.is_some() || piece.id.is_some();
        if piece.name.is_some() {
            self.uncounted = piece.name.clone().filter(|_| !is_counted);
        }
        if let (Some(id), true) = (&piece.id, index >= self.next_call) {
            self.call_ids.insert(id.clone(), index);
        }
        self.next_call = self.next_call.max(index.saturating_add(1));
        let place = match (&mut self.shared, counted) {
            (Some(shared), Some(index)) => shared.place(index, &piece),
            _ => index,
        };
        Some(BlockChunk::tool_call(piece).with_index(place))
    }

    /// The index of a piece that has none. A piece without a name cannot begin a call.
    fn index_of(&self, piece: &ToolCallChunk, is_whole: bool) -> u32 {
        let known = |id: &String| self.call_ids.get(id);
        let last = self.next_call.saturating_sub(1);
        match (piece.id.as_ref().and_then(known), &piece.name) {
            _ if is_whole => self.next_call,
            (Some(index), _) => *index,
            (None, None) => last,
            // It is repeated, or begins again: the arguments tell.
            (None, name) if piece.id.is_none() && *name == self.uncounted => last,
            (None, _) => self.next_call,
        }
    }

    fn image(&mut self, media: Media) -> BlockChunk {
        // 0 is taken by a call of before there were tools.
        self.images = self.images.saturating_add(1);
        BlockChunk::complete(ContentBlock::Image(media)).with_index(self.images)
    }
}

/// In which form a choice came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Whole,
    Event {
        /// Whether it had to be repaired.
        repaired: bool,
    },
}

/// A call of before there were tools. It has no id, so it is not a tool call.
#[derive(Debug, Default)]
struct OldCall {
    name: String,
    arguments: String,
    /// The number of bytes that were there when it was last given out.
    told: usize,
}

impl OldCall {
    /// Takes a piece. The call is given out anew whenever it has doubled: with each piece, the work
    /// would grow with the square of their number.
    fn push(&mut self, piece: Function<'_>) -> Option<BlockChunk> {
        self.name.push_str(piece.name.get().unwrap_or_default());
        self.arguments.push_str(&piece.arguments.take().unwrap_or_default());
        if self.told == 0 || self.len() / 2 >= self.told { self.tell() } else { None }
    }

    /// The whole call, if it has grown since it was last given out.
    fn rest(&mut self) -> Option<BlockChunk> {
        if self.len() > self.told { self.tell() } else { None }
    }

    fn tell(&mut self) -> Option<BlockChunk> {
        self.told = self.len();
        let Self { name, arguments, .. } = self;
        let call = json!({"type": "function_call", "name": name, "arguments": arguments});
        Some(BlockChunk::complete(ContentBlock::non_standard(call)).with_index(0))
    }

    fn len(&self) -> usize {
        self.name.len() + self.arguments.len()
    }
}

fn text_piece(text: String) -> BlockChunk {
    BlockChunk::text(text).with_index(0)
}

/// Sources of the text.
pub(super) fn annotated(chunk: AiMessageChunk, annotations: Vec<Annotation>) -> AiMessageChunk {
    if annotations.is_empty() {
        return chunk;
    }
    let mut block = TextBlock::default();
    block.annotations = annotations;
    chunk.with_block(BlockChunk::from(BlockDelta::Text(block)).with_index(0))
}

fn part(chunk: AiMessageChunk, part: Part<'_>) -> AiMessageChunk {
    if part.kind.is("thinking") {
        return match part.thinking.into_text() {
            text if text.is_empty() => chunk,
            text => chunk.with_block(reasoning::plain(text)),
        };
    }
    if let Some(ids) = parsed::<Value>(part.reference_ids) {
        let reference = [("type", "reference".into()), ("reference_ids", ids)];
        let reference = reference.map(|(key, value): (&str, Value)| (key.to_owned(), value));
        return annotated(chunk, vec![Annotation::Other(reference.into_iter().collect())]);
    }
    let refusal = |word: Word<'_>| word.take().map(|text| BlockChunk::refusal(text).with_index(0));
    match part.text.take().map(text_piece).or(refusal(part.refusal)) {
        Some(piece) => chunk.with_block(piece),
        None => chunk,
    }
}

/// What Azure's filters found; `None` if they found nothing.
fn filtered(results: Option<&RawValue>) -> Option<Value> {
    let results: Value = parsed(results)?;
    let found = |result: &Value| result["filtered"] == true || result["detected"] == true;
    results.as_object()?.values().any(found).then_some(results)
}
