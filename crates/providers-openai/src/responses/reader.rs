//! Decodes complete and streamed responses.

use std::{borrow::Cow, mem};

use runnable_chat::{AiMessageChunk, FinishReason, message::BlockChunk};
use runnable_core::{Chunk, Error, ErrorKind, Result};
use runnable_http::{
    ApiError, Frame,
    chat::unreadable,
    http::HeaderMap,
    lenient::{self, Halves},
};
use serde_json::value::RawValue;

use super::{
    block::ItemReader,
    block_kind::Lost,
    blocks::Items,
    event::{Event, Item, Response},
    known_blocks::Known,
    part::{Blocks, PartKind, with_logprobs},
    second_start::EventArguments,
};
use crate::{
    shared::{Headers, annotation},
    wire::{Word, is_meaningful, items, nested, parsed_value, read_event, read_whole},
};

/// Decodes one response, complete or event by event.
#[derive(Debug)]
pub(crate) struct ResponseReader {
    provider: Cow<'static, str>,
    headers: Headers,
    emitted_id: bool,
    emitted_model: bool,
    items: Items,
    blocks: Blocks,
    /// Joins characters that were split between two events.
    halves: Halves,
    /// The sequence number of the last event, if events are numbered.
    number: u64,
    /// An error that was received together with content. It is returned after the content.
    failed: Option<Error>,
    complete: bool,
}

impl ResponseReader {
    pub(crate) fn new(provider: Cow<'static, str>) -> Self {
        Self {
            provider,
            headers: Headers::default(),
            emitted_id: false,
            emitted_model: false,
            items: Items::default(),
            blocks: Blocks::default(),
            halves: Halves::default(),
            number: 0,
            failed: None,
            complete: false,
        }
    }

    pub(crate) fn read_headers(&mut self, headers: &HeaderMap) {
        self.headers.read(headers);
    }

    pub(crate) fn read_event(&mut self, frame: &Frame) -> Result<Option<AiMessageChunk>> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        if frame.is_keep_alive() || frame.data().trim() == "[DONE]" {
            return Ok(None);
        }
        if frame.event() == Some("error") || frame.is_bare() {
            let error = lenient::value(frame.data());
            let error = error.unwrap_or_else(|_| frame.data().trim().into());
            return Err(ApiError::from_json(&error).into_error());
        }
        let mut repaired = None;
        let (mut event, repaired): (Event<'_>, _) = read_event(frame, &mut repaired)?;
        // Skip an event that was sent twice. Services that do not number their events use 0 for
        // all.
        let number = event.sequence_number.or_zero();
        if number > 0 && std::mem::replace(&mut self.number, number) == number {
            return Ok(None);
        }
        let kind = std::mem::take(&mut event.kind);
        let kind = kind.name().or(frame.event()).unwrap_or_else(|| self.kind_of(&event));
        let Some(kind) = kind.strip_prefix("response.") else {
            // A gateway may send an error in another form than OpenAI.
            let error = lenient::value(frame.data()).unwrap_or_default();
            return match ApiError::told_by(&error) {
                Some(error) => Err(error.into_error()),
                None => Ok(None),
            };
        };
        let chunk = match kind {
            "created" | "in_progress" | "queued" | "completed" | "incomplete" | "failed"
            | "cancelled" => self.state(kind, event.response, frame),
            "output_item.added" => self.item(event, false),
            "output_item.done" => self.item(event, true),
            _ => self.piece(kind, event),
        };
        let mut chunk = chunk?;
        self.check()?;
        if repaired || self.halves.is_waiting() {
            chunk = self.halves.join(chunk);
        }
        Ok((!chunk.is_empty()).then_some(chunk))
    }

    pub(crate) fn read_whole(&mut self, body: &[u8]) -> Result<AiMessageChunk> {
        let mut repaired = None;
        let response: Response<'_> = read_whole(body, &mut repaired)?;
        let has_error = is_meaningful(response.error) || response.status.is("failed");
        if has_error || !response.has_items() {
            let error = lenient::value(&String::from_utf8_lossy(body)).unwrap_or_default();
            return Err(match ApiError::told_by(&error) {
                Some(error) => error.into_error(),
                None if has_error => ApiError::from_json(&error).into_error(),
                None => unreadable("missing `output`"),
            });
        }
        self.finish("completed", &response)
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.complete
    }

    pub(crate) fn end(&mut self) -> Result<Option<AiMessageChunk>> {
        match self.failed.take() {
            Some(error) => Err(error),
            None if self.complete => Ok(None),
            None => Err(Error::new(
                ErrorKind::Connection,
                "the stream ended before the answer was complete: did not receive `response.completed`",
            )),
        }
    }

    /// Returns the index of the item to which an event belongs: the index in the event, otherwise
    /// the index of the item with this ID, otherwise the index of the last item.
    fn index_of(&self, event: &Event<'_>, id: Option<&str>) -> u64 {
        event.output_index.0.unwrap_or_else(|| {
            let known = self.items.place_of_id(id).map(|place| self.items.get(place));
            known.or(self.items.last()).map_or(0, |item| item.index)
        })
    }

    /// Returns the type of an event that has no type.
    fn kind_of(&self, event: &Event<'_>) -> &'static str {
        if let Some(response) = event.response {
            let mut repaired = None;
            let response: Response<'_> = nested(response, &mut repaired);
            return match response.status.name() {
                Some("completed") => "response.completed",
                Some("incomplete") => "response.incomplete",
                Some("failed") => "response.failed",
                _ => "response.in_progress",
            };
        }
        if let Some(item) = event.item {
            let mut repaired = None;
            let item: Item<'_> = nested(item, &mut repaired);
            return if item.status.is("completed") {
                "response.output_item.done"
            } else {
                "response.output_item.added"
            };
        }
        let index = self.index_of(event, event.item_id.get());
        let item = self.items.place_of(index).map(|place| self.items.get(place));
        match (event.delta.get(), event.part, item) {
            (Some(_), None, Some(item)) => {
                item.kind().event_of_piece(event.summary_index.0.is_some())
            }
            (Some(_), None, None) => "response.output_text.delta",
            _ => "",
        }
    }

    /// Reads an event that is about the complete response, and not about one item.
    fn state(
        &mut self,
        kind: &str,
        raw: Option<&RawValue>,
        frame: &Frame,
    ) -> Result<AiMessageChunk> {
        let mut repaired = None;
        let response: Response<'_> = raw.map(|raw| nested(raw, &mut repaired)).unwrap_or_default();
        if matches!(kind, "created" | "in_progress" | "queued") {
            return Ok(self.head(&response, AiMessageChunk::default()));
        }
        let failed =
            kind == "failed" || is_meaningful(response.error) || response.status.is("failed");
        match self.finish(kind, &response) {
            Ok(chunk) if failed => {
                self.complete = false;
                let error = lenient::value(frame.data()).unwrap_or_default();
                let error = ApiError::from_json(&error).into_error();
                if chunk.is_empty() {
                    return Err(error);
                } else {
                    self.failed = Some(error)
                }
                Ok(chunk)
            }
            read => read,
        }
    }

    /// Completes the answer from the final response. This response contains all items again, so
    /// anything that was lost before is added now.
    fn finish(&mut self, kind: &str, response: &Response<'_>) -> Result<AiMessageChunk> {
        let mut chunk = self.head(response, AiMessageChunk::default());
        chunk = self.all_items(response, chunk)?;
        self.complete = true;
        // The list may contain the second half of a character whose first half was received.
        if self.halves.is_waiting() {
            chunk = self.halves.join(chunk);
        }
        chunk.merge(self.halves.finish());
        if let Some(usage) = &response.usage {
            if let Some(read) = usage.read() {
                chunk = chunk.with_usage(read);
            }
            if let Some(cost) = parsed_value(usage.cost) {
                chunk = chunk.with_metadata("cost", cost);
            }
        }
        if let Some(tier) = response.service_tier.get() {
            chunk = chunk.with_metadata("service_tier", tier);
        }
        let details =
            parsed_value(response.incomplete_details).filter(|details| !details.is_null());
        let reason = details.as_ref().and_then(|details| details["reason"].as_str());
        let status = response.status.name().unwrap_or(kind);
        chunk = chunk.with_metadata("status", status);
        chunk = match (status, reason) {
            ("completed", _) if self.items.iter().any(ItemReader::is_call) => {
                chunk.with_finish_reason(FinishReason::ToolCalls)
            }
            (_, Some(reason)) => chunk.with_raw_finish_reason(reason),
            (status, None) => chunk.with_raw_finish_reason(status),
        };
        Ok(match details {
            Some(details) => chunk.with_metadata("incomplete_details", details),
            None => chunk,
        })
    }

    /// Reads the complete list of items. An item that was received before is found by its ID,
    /// otherwise by its index, otherwise by its kind.
    fn all_items(
        &mut self,
        response: &Response<'_>,
        mut chunk: AiMessageChunk,
    ) -> Result<AiMessageChunk> {
        let mut known = Known::of(&self.items);
        for (index, raw) in (0..).zip(items(response.output)) {
            let (mut first, mut second) = (None, None);
            let item: Item<'_> = nested(raw, &mut first);
            let place = match known.pair(index, &item) {
                Some(place) => place,
                None => self.begin(index, nested(raw, &mut second), &mut chunk),
            };
            chunk = self.items.get_mut(place).finish(item, raw, &mut self.blocks, chunk)?;
            self.check()?;
        }
        Ok(self.items.held_arguments().fold(chunk, AiMessageChunk::with_block))
    }

    /// Starts an item, and adds its first part to the chunk. Returns the position of the item.
    fn begin(&mut self, index: u64, item: Item<'_>, chunk: &mut AiMessageChunk) -> usize {
        let (reader, first) = ItemReader::begin(index, item, &mut self.blocks);
        if let Some(first) = first {
            *chunk = mem::take(chunk).with_block(first);
        }
        self.items.push(reader)
    }

    /// Returns an error if there are too many items or blocks.
    fn check(&self) -> Result<()> {
        self.items.check()?;
        self.blocks.check()
    }

    fn head(&mut self, response: &Response<'_>, mut chunk: AiMessageChunk) -> AiMessageChunk {
        if !self.emitted_id
            && let Some(id) = response.id.get()
        {
            self.emitted_id = true;
            chunk = self.headers.add_to(chunk.with_id(id).with_provider(self.provider.clone()));
        }
        if !self.emitted_model
            && let Some(model) = response.model.get()
        {
            self.emitted_model = true;
            chunk = chunk.with_model(model);
        }
        chunk
    }

    /// Reads an event that starts or completes an item. An item that cannot be read is kept as a
    /// provider-specific block.
    fn item(&mut self, event: Event<'_>, is_whole: bool) -> Result<AiMessageChunk> {
        let mut chunk = AiMessageChunk::default();
        let Some(raw) = event.item else { return Ok(chunk) };
        let (mut first, mut second) = (None, None);
        let item: Item<'_> = nested(raw, &mut first);
        let index = match event.output_index.0 {
            None if !is_whole => self.items.last().map_or(0, |last| last.index.saturating_add(1)),
            _ => self.index_of(&event, item.id.get()),
        };
        let known = self.items.place_of(index);
        let is_same = |place: &usize| self.items.get(*place).is_same(&item, is_whole);
        // The index of a completed item may be incorrect, so also look for an open item with its
        // ID.
        let id = item.call_id.get().or(item.id.get()).filter(|_| is_whole);
        let is_open = |place: &usize| !self.items.get(*place).is_done();
        let known = known
            .filter(is_same)
            .or_else(|| self.items.place_of_id(id).filter(is_open).filter(is_same));
        if let Some(place) = known
            && !is_whole
        {
            let known = self.items.get_mut(place);
            if known.is_started_again(&item) {
                return Ok(chunk);
            }
            return Ok(known.named(&item).into_iter().fold(chunk, AiMessageChunk::with_block));
        }
        let place = match known {
            Some(place) => place,
            None => self.begin(index, nested(raw, &mut second), &mut chunk),
        };
        if is_whole {
            Ok(self.items.get_mut(place).finish(item, raw, &mut self.blocks, chunk)?)
        } else {
            Ok(chunk)
        }
    }

    /// Reads an event that adds to an item, such as a part of its text.
    fn piece(&mut self, kind: &str, event: Event<'_>) -> Result<AiMessageChunk> {
        let (content, summary) = (event.content_index.or_zero(), event.summary_index.or_zero());
        let index = self.index_of(&event, event.item_id.get());
        let mut chunk = AiMessageChunk::default();
        let by_id = || self.items.place_of_id(event.item_id.get());
        let place = match self.items.place_of(index).or_else(by_id) {
            Some(place) => place,
            None => {
                // Gateways may omit the event that starts an item.
                let Some(item) = ItemReader::implied(index, kind, &mut self.blocks) else {
                    return Ok(chunk);
                };
                self.items.push(item)
            }
        };
        let again = EventArguments::of(kind, &event)
            .and_then(|args| self.items.get_mut(place).begin_again(args));
        let place = match again {
            Some(item) => self.begin(index, item, &mut chunk),
            None => place,
        };
        let (item, blocks) = (self.items.get_mut(place), &mut self.blocks);
        let text = |word: Word<'_>| word.take().unwrap_or_default();
        let whole = |word: &Word<'_>| word.get().unwrap_or_default().to_owned();
        let block: Result<Option<BlockChunk>, Lost> = match kind {
            "output_text.delta" => {
                let piece = item.add_text(PartKind::Text, content, text(event.delta), blocks);
                let chunk = piece.map(AiMessageChunk::from).unwrap_or_default();
                return Ok(with_logprobs(chunk, event.logprobs));
            }
            "output_text.done" => {
                item.complete_text(PartKind::Text, content, &whole(&event.text), blocks)
            }
            "output_text.annotation.added" => {
                let new = parsed_value(event.annotation).and_then(annotation);
                Ok(new.map(|new| item.annotation(content, new, blocks)))
            }
            "refusal.delta" => {
                Ok(item.add_text(PartKind::Refusal, content, text(event.delta), blocks))
            }
            "refusal.done" => {
                item.complete_text(PartKind::Refusal, content, &whole(&event.refusal), blocks)
            }
            "reasoning_summary_text.delta" => {
                Ok(item.add_text(PartKind::Summary, summary, text(event.delta), blocks))
            }
            "reasoning_summary_text.done" => {
                item.complete_text(PartKind::Summary, summary, &whole(&event.text), blocks)
            }
            "reasoning_text.delta" => {
                Ok(item.add_text(PartKind::Reasoning, content, text(event.delta), blocks))
            }
            "reasoning_text.done" => {
                item.complete_text(PartKind::Reasoning, content, &whole(&event.text), blocks)
            }
            "function_call_arguments.delta" | "custom_tool_call_input.delta" => {
                Ok(item.arguments(text(event.delta)))
            }
            "function_call_arguments.done" => {
                item.all_arguments(event.arguments.get().unwrap_or_default())
            }
            "custom_tool_call_input.done" => item.all_arguments(&whole(&event.input)),
            // Progress of tools that the service runs. Their item is read when it is complete.
            _ => Ok(None),
        };
        Ok(block?.into_iter().fold(chunk, AiMessageChunk::with_block))
    }
}
