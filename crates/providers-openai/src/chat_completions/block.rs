//! Reads one choice of a response: one of the alternative answers that a request can ask for.

use std::{collections::HashMap, sync::Arc};

use runnable_chat::{
    AiMessageChunk, ContentBlock, Media,
    message::{Annotation, BlockChunk, BlockDelta, TextBlock, ToolCallChunk},
};
use runnable_core::Chunk;
use runnable_http::lenient::Halves;
use serde_json::{Value, json, value::RawValue};

use super::{
    audio::AudioParts,
    content::{Content, Part},
    event::{Call, Choice, Delta, Function},
    reasoning::{self, Details},
    shared_index::SharedIndexes,
};
use crate::{
    shared::{annotation, image},
    wire::{Word, items, parsed_value},
};

/// What has been received of one choice.
#[derive(Debug)]
pub(super) struct ChoiceReader {
    pub(super) index: u32,
    /// Whether the finish reason of the choice was received.
    pub(super) finished: bool,
    /// Whether any part of the message of the choice was received.
    has_started: bool,
    /// The index that the next new tool call gets if the service sends none.
    next_call: u32,
    /// For each ID of a tool call, the index of the last call that started with this ID.
    call_ids: HashMap<String, u32>,
    /// The name in the last part of a call that had a name, if that part had neither ID nor index.
    unnumbered: Option<String>,
    /// Distinguishes calls to which the service gives the same index. `None` if the request has no
    /// tools, because only the names of the tools can distinguish such calls.
    shared: Option<SharedIndexes>,
    /// Joins characters that were split between two events.
    halves: Halves,
    details: Details,
    /// Whether reasoning was received in the field `reasoning`.
    has_reasoning: bool,
    images: u32,
    audio_parts: Option<AudioParts>,
    function: Option<OldCall>,
}

impl ChoiceReader {
    pub(super) fn new(index: u32, tools: Option<Arc<[String]>>) -> Self {
        let shared = tools.map(SharedIndexes::new);
        let (finished, next_call, details, images) = (false, 0, Details::default(), 0);
        let (call_ids, audio_parts, function) = (HashMap::new(), None, None);
        let (has_started, unnumbered, halves) = (false, None, Halves::default());
        let has_reasoning = false;
        Self {
            index,
            finished,
            has_started,
            next_call,
            call_ids,
            unnumbered,
            shared,
            halves,
            details,
            has_reasoning,
            images,
            audio_parts,
            function,
        }
    }

    /// Returns whether the first half of a character was received, and its second half was not.
    pub(super) fn is_waiting(&self) -> bool {
        self.halves.is_waiting()
    }

    /// Reads this choice in an event or in a complete response, and returns what it adds to the
    /// answer.
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
        // Some services repeat the message in the last event, and some send it only there.
        if chunk.is_empty()
            && !self.has_started
            && let Some(delta) = second
        {
            chunk = self.delta(delta, form == Form::Whole, chunk);
        }
        if chunk.is_empty()
            && let Some(text) = choice.text.take()
        {
            chunk = chunk.with_block(text_chunk(text));
        }
        if matches!(form, Form::Event { repaired: true }) || self.halves.is_waiting() {
            chunk = self.halves.join(chunk);
        }
        self.has_started |= !chunk.is_empty();
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

    /// Returns the content that can be returned only when the answer is complete, such as audio.
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
        match self.audio_parts.take() {
            Some(audio_parts) => {
                chunk.with_block(BlockChunk::complete(audio_parts.finish(audio_format)))
            }
            None => chunk,
        }
    }

    fn delta(
        &mut self,
        delta: Delta<'_>,
        is_whole: bool,
        mut chunk: AiMessageChunk,
    ) -> AiMessageChunk {
        let has_details = reasoning::show_text(&delta.reasoning_details.0);
        if !has_details && let Some(text) = delta.reasoning_content.take() {
            chunk = chunk.with_block(reasoning::plain(text));
        } else if !has_details && let Some(text) = delta.reasoning.take() {
            // Name the field only in the first chunk, because merging would repeat its name.
            chunk = chunk.with_block(if std::mem::replace(&mut self.has_reasoning, true) {
                reasoning::plain(text)
            } else {
                reasoning::plain_in("reasoning", text)
            });
        }
        for detail in delta.reasoning_details {
            chunk = chunk.with_block(self.details.piece(detail));
        }
        chunk = match delta.content {
            Content::None => chunk,
            Content::Text(text) if text.is_empty() => chunk,
            Content::Text(text) => chunk.with_block(text_chunk(text.into_owned())),
            Content::Parts(parts) => parts.into_iter().fold(chunk, part),
        };
        if let Some(refusal) = delta.refusal.take() {
            chunk = chunk.with_block(BlockChunk::refusal(refusal).with_index(0));
        }
        let annotations = items(delta.annotations).into_iter();
        let annotations = annotations.filter_map(|item| annotation(parsed_value(Some(item))?));
        chunk = annotated(chunk, annotations.collect());
        for call in delta.tool_calls {
            if let Some(chunk_of_call) = self.call(call, is_whole) {
                chunk = chunk.with_block(chunk_of_call);
            }
        }
        if let Some(function) = delta.function_call {
            let call = self.function.get_or_insert_default().push(*function);
            chunk = call.into_iter().fold(chunk, AiMessageChunk::with_block);
        }
        for picture in items(delta.images) {
            let picture: Value = parsed_value(Some(picture)).unwrap_or_default();
            if let Some(url) = picture["image_url"]["url"].as_str() {
                chunk = chunk.with_block(self.image(image(url)));
            }
        }
        if let Some(audio) = delta.audio {
            self.audio_parts.get_or_insert_default().push(*audio);
        }
        match parsed_value(delta.executed_tools) {
            Some(tools) => chunk.with_metadata("executed_tools", tools),
            None => chunk,
        }
    }

    /// Converts a received part of a tool call to a chunk, with the index of its call.
    ///
    /// The index needs care, because services count calls from 0 or from 1, reuse an index for
    /// another ID, repeat the name in each part, or send no index at all.
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
        // Mistral sends "null" as the ID when it continues a call.
        piece.id = call.id.take().filter(|id| id != "null");
        if let Some(extra) = parsed_value(call.extra_content) {
            piece.extras.insert("extra_content".into(), extra);
        }
        if piece == ToolCallChunk::default() {
            return None;
        }
        // In a complete response, each entry is a separate call.
        let sent_index = call.index.index().filter(|_| !is_whole);
        let index = sent_index.unwrap_or_else(|| self.index_of(&piece, is_whole));
        let is_identified = sent_index.is_some() || piece.id.is_some();
        if piece.name.is_some() {
            self.unnumbered = piece.name.clone().filter(|_| !is_identified);
        }
        if let (Some(id), true) = (&piece.id, index >= self.next_call) {
            self.call_ids.insert(id.clone(), index);
        }
        self.next_call = self.next_call.max(index.saturating_add(1));
        let place = match (&mut self.shared, sent_index) {
            (Some(shared), Some(index)) => shared.place(index, &piece),
            _ => index,
        };
        Some(BlockChunk::tool_call(piece).with_index(place))
    }

    /// Returns the index of the call to which a part belongs, if the service sent the part without
    /// an index. A part without a name cannot start a call.
    fn index_of(&self, piece: &ToolCallChunk, is_whole: bool) -> u32 {
        let known = |id: &String| self.call_ids.get(id);
        let last = self.next_call.saturating_sub(1);
        match (piece.id.as_ref().and_then(known), &piece.name) {
            _ if is_whole => self.next_call,
            (Some(index), _) => *index,
            (None, None) => last,
            // Either the service repeats the name of the last call, or the model calls the same
            // tool again. The end of the answer decides this, from the arguments.
            (None, name) if piece.id.is_none() && *name == self.unnumbered => last,
            (None, _) => self.next_call,
        }
    }

    fn image(&mut self, media: Media) -> BlockChunk {
        // Index 0 is reserved for a function call of the old API.
        self.images = self.images.saturating_add(1);
        BlockChunk::complete(ContentBlock::Image(media)).with_index(self.images)
    }
}

/// The form of the response that contains a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Whole,
    Event {
        /// Whether the JSON of the event had to be repaired.
        repaired: bool,
    },
}

/// A function call in the form that the API had before tools were introduced. Such a call has no
/// ID, so it cannot be represented as a tool call.
#[derive(Debug, Default)]
struct OldCall {
    name: String,
    arguments: String,
    /// The length that the call had when it was last returned, in bytes.
    returned: usize,
}

impl OldCall {
    /// Adds a part. Returns the whole call so far if its length has at least doubled since it was
    /// last returned. If it were returned with each part, the work would grow with the square of
    /// the number of parts.
    fn push(&mut self, piece: Function<'_>) -> Option<BlockChunk> {
        self.name.push_str(piece.name.get().unwrap_or_default());
        self.arguments.push_str(&piece.arguments.take().unwrap_or_default());
        if self.returned == 0 || self.len() / 2 >= self.returned {
            self.complete_block()
        } else {
            None
        }
    }

    /// Returns the call, if it has grown since it was last returned.
    fn rest(&mut self) -> Option<BlockChunk> {
        if self.len() > self.returned { self.complete_block() } else { None }
    }

    fn complete_block(&mut self) -> Option<BlockChunk> {
        self.returned = self.len();
        let Self { name, arguments, .. } = self;
        let call = json!({"type": "function_call", "name": name, "arguments": arguments});
        Some(BlockChunk::complete(ContentBlock::non_standard(call)).with_index(0))
    }

    fn len(&self) -> usize {
        self.name.len() + self.arguments.len()
    }
}

fn text_chunk(text: String) -> BlockChunk {
    BlockChunk::text(text).with_index(0)
}

/// Adds the sources of the text to a chunk.
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
    if let Some(ids) = parsed_value(part.reference_ids) {
        let reference = [("type", "reference".into()), ("reference_ids", ids)];
        let reference = reference.map(|(key, value): (&str, Value)| (key.to_owned(), value));
        return annotated(chunk, vec![Annotation::Other(reference.into_iter().collect())]);
    }
    let refusal = |word: Word<'_>| word.take().map(|text| BlockChunk::refusal(text).with_index(0));
    match part.text.take().map(text_chunk).or(refusal(part.refusal)) {
        Some(piece) => chunk.with_block(piece),
        None => chunk,
    }
}

/// Returns the results of Azure's content filters, or `None` if they filtered or detected nothing.
fn filtered(results: Option<&RawValue>) -> Option<Value> {
    let results: Value = parsed_value(results)?;
    let found = |result: &Value| result["filtered"] == true || result["detected"] == true;
    results.as_object()?.values().any(found).then_some(results)
}
