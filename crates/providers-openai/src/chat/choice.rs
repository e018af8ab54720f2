//! One of the answers that a stream gives.

use std::collections::HashMap;

use runnable_chat::{
    AiMessageChunk, ContentBlock, Media,
    message::{Annotation, BlockChunk, BlockDelta, TextBlock, ToolCallChunk},
};
use serde_json::{Value, json, value::RawValue};

use super::{
    answer::{Call, Choice, Delta, Function},
    audio::Sound,
    content::{Content, Part},
    reasoning::{self, Details},
};
use crate::{
    annotation::annotation,
    media::image,
    wire::{Word, parsed},
};

/// What is known of one of the answers so far.
#[derive(Debug)]
pub(super) struct ChoiceReader {
    pub(super) index: u32,
    /// Whether it has said why it stopped.
    pub(super) finished: bool,
    /// The index after the last tool call.
    next_call: u32,
    /// The index of the tool call that last began with an id.
    call_ids: HashMap<String, u32>,
    details: Details,
    images: u32,
    sound: Option<Sound>,
    function: Option<OldCall>,
}

impl ChoiceReader {
    pub(super) fn new(index: u32) -> Self {
        let (finished, next_call, details, images) = (false, 0, Details::default(), 0);
        let (call_ids, sound, function) = (HashMap::new(), None, None);
        Self { index, finished, next_call, call_ids, details, images, sound, function }
    }

    /// What this event, or this whole answer, adds.
    pub(super) fn read(
        &mut self,
        choice: Choice<'_>,
        whole: bool,
        audio_format: &str,
    ) -> AiMessageChunk {
        let mut chunk = AiMessageChunk::default();
        let delta = match whole {
            true => choice.message.map(|message| *message).or(choice.delta),
            false => choice.delta.or(choice.message.map(|message| *message)),
        };
        if let Some(delta) = delta {
            chunk = self.delta(delta, chunk);
        }
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
        if let Some(reason) = choice.finish_reason.get() {
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
        if let Some(call) = self.function.as_mut().and_then(OldCall::rest) {
            chunk = chunk.with(call);
        }
        match self.sound.take() {
            Some(sound) => chunk.with(BlockChunk::whole(sound.finish(audio_format))),
            None => chunk,
        }
    }

    fn delta(&mut self, delta: Delta<'_>, mut chunk: AiMessageChunk) -> AiMessageChunk {
        let shown = reasoning::show_text(&delta.reasoning_details);
        if !shown && let Some(text) = delta.reasoning_content.or(delta.reasoning).take() {
            chunk = chunk.with(reasoning::plain(text));
        }
        for detail in delta.reasoning_details {
            chunk = chunk.with(self.details.piece(detail));
        }
        chunk = match delta.content {
            Content::None => chunk,
            Content::Text(text) if text.is_empty() => chunk,
            Content::Text(text) => chunk.with(text_piece(text.into_owned())),
            Content::Parts(parts) => parts.into_iter().fold(chunk, part),
        };
        if let Some(refusal) = delta.refusal.take() {
            chunk = chunk.with(BlockChunk::refusal(refusal).at(0));
        }
        let annotations: Vec<Value> = parsed(delta.annotations).unwrap_or_default();
        chunk = annotated(chunk, annotations.into_iter().filter_map(annotation).collect());
        for call in delta.tool_calls {
            chunk = chunk.with(self.call(call));
        }
        if let Some(function) = delta.function_call {
            let call = self.function.get_or_insert_default().push(*function);
            chunk = call.into_iter().fold(chunk, AiMessageChunk::with);
        }
        let images: Vec<Value> = parsed(delta.images).unwrap_or_default();
        for image in images.iter().filter_map(|image| image["image_url"]["url"].as_str()).map(image)
        {
            chunk = chunk.with(self.image(image));
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
    fn call(&mut self, call: Call<'_>) -> BlockChunk {
        let mut piece = ToolCallChunk::default();
        let is_custom = call.custom.is_some();
        if let Some(function) = call.function.or(call.custom) {
            piece.name = function.name.take();
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
        let id = piece.id.as_deref().filter(|id| !id.is_empty());
        let begins = id.is_some() || piece.name.is_some();
        let index =
            call.index.index().unwrap_or_else(|| match id.and_then(|id| self.call_ids.get(id)) {
                Some(index) => *index,
                None if begins => self.next_call,
                None => self.next_call.saturating_sub(1),
            });
        if let (Some(id), true) = (id, index >= self.next_call) {
            self.call_ids.insert(id.to_owned(), index);
        }
        self.next_call = self.next_call.max(index.saturating_add(1));
        BlockChunk::tool_call(piece).at(index)
    }

    fn image(&mut self, media: Media) -> BlockChunk {
        // 0 is taken by a call of before there were tools.
        self.images = self.images.saturating_add(1);
        BlockChunk::whole(ContentBlock::Image(media)).at(self.images)
    }
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
        Some(BlockChunk::whole(ContentBlock::non_standard(call)).at(0))
    }

    fn len(&self) -> usize {
        self.name.len() + self.arguments.len()
    }
}

fn text_piece(text: String) -> BlockChunk {
    BlockChunk::text(text).at(0)
}

/// Sources of the text.
pub(super) fn annotated(chunk: AiMessageChunk, annotations: Vec<Annotation>) -> AiMessageChunk {
    if annotations.is_empty() {
        return chunk;
    }
    let mut block = TextBlock::default();
    block.annotations = annotations;
    chunk.with(BlockChunk::from(BlockDelta::Text(block)).at(0))
}

fn part(chunk: AiMessageChunk, part: Part<'_>) -> AiMessageChunk {
    if part.kind.is("thinking") {
        return match part.thinking.into_text() {
            text if text.is_empty() => chunk,
            text => chunk.with(reasoning::plain(text)),
        };
    }
    if let Some(ids) = parsed::<Value>(part.reference_ids) {
        let reference = [("type", "reference".into()), ("reference_ids", ids)];
        let reference = reference.map(|(key, value): (&str, Value)| (key.to_owned(), value));
        return annotated(chunk, vec![Annotation::Other(reference.into_iter().collect())]);
    }
    let refusal = |word: Word<'_>| word.take().map(|text| BlockChunk::refusal(text).at(0));
    match part.text.take().map(text_piece).or(refusal(part.refusal)) {
        Some(piece) => chunk.with(piece),
        None => chunk,
    }
}

/// What Azure's filters found; `None` if they found nothing.
fn filtered(results: Option<&RawValue>) -> Option<Value> {
    let results: Value = parsed(results)?;
    let found = |result: &Value| result["filtered"] == true || result["detected"] == true;
    results.as_object()?.values().any(found).then_some(results)
}
