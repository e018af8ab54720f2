//! Reads answers, whole or streamed.

use std::{borrow::Cow, collections::HashMap};

use providers_http::{
    ApiError, Frame,
    chat::{MAX_PARTS, too_many},
    http::HeaderMap,
};
use runnable_chat::{AiMessageChunk, FinishReason, message::BlockChunk};
use runnable_core::{Error, ErrorKind, Result};
use serde_json::{Value, value::RawValue};

use super::{
    event::{Event, Item, Response},
    item::{Blocks, ItemReader, PartKind, with_logprobs},
};
use crate::{
    annotation::annotation,
    headers::Headers,
    wire::{Word, parsed, read},
};

/// Reads the answer to one call.
#[derive(Debug)]
pub(crate) struct ResponseReader {
    provider: Cow<'static, str>,
    headers: Headers,
    told_id: bool,
    told_model: bool,
    items: Vec<ItemReader>,
    /// Where the items are whose place is not their index.
    misplaced: HashMap<u64, usize>,
    blocks: Blocks,
    /// An error that came with something to tell first.
    failed: Option<Error>,
    complete: bool,
}

impl ResponseReader {
    pub(crate) fn new(provider: Cow<'static, str>) -> Self {
        Self {
            provider,
            headers: Headers::default(),
            told_id: false,
            told_model: false,
            items: Vec::new(),
            misplaced: HashMap::new(),
            blocks: Blocks::default(),
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
        let data = frame.data().trim();
        if data.is_empty() || data == "[DONE]" {
            return Ok(None);
        }
        let mut event: Event<'_> = read(data, frame)?;
        let kind = std::mem::take(&mut event.kind);
        let kind = kind.get().or(frame.event()).unwrap_or_default();
        if kind == "error" || frame.is_bare() {
            return Err(ApiError::from_json(&frame.json()?).into_error());
        }
        let Some(kind) = kind.strip_prefix("response.") else {
            // A gateway's error has a form of its own.
            let said: Value = frame.json()?;
            return match said.get("error").is_some_and(|error| !error.is_null()) {
                true => Err(ApiError::from_json(&said).into_error()),
                false => Ok(None),
            };
        };
        let chunk = match kind {
            "created" | "in_progress" | "queued" => self.state(event.response, frame, false),
            "completed" | "incomplete" | "failed" | "cancelled" => {
                self.state(event.response, frame, true)
            }
            "output_item.added" => Ok(self.added(event)),
            "output_item.done" => Ok(self.done(event)),
            _ => Ok(self.piece(kind, event)),
        }?;
        self.check()?;
        Ok(chunk)
    }

    pub(crate) fn read_whole(&mut self, body: &[u8]) -> Result<AiMessageChunk> {
        let unreadable = |what: &dyn std::fmt::Display| {
            let begins: String = String::from_utf8_lossy(body).trim().chars().take(200).collect();
            Error::new(ErrorKind::Parse, format!("cannot read the answer: {what}: {begins}"))
        };
        // At once, so that each text in it need not be looked at again.
        let text = str::from_utf8(body).map_err(|error| unreadable(&error).caused_by(error))?;
        let response: Response<'_> =
            serde_json::from_str(text).map_err(|error| unreadable(&error).caused_by(error))?;
        let has_error = response.error.is_some_and(|error| error.get() != "null");
        if has_error || response.output.is_none() {
            let said: Value = serde_json::from_str(text).map_err(|error| unreadable(&error))?;
            let names_error = has_error || said.get("detail").or(said.get("message")).is_some();
            return Err(match names_error {
                true => ApiError::from_json(&said).into_error(),
                false => unreadable(&"it has no `output`"),
            });
        }
        self.finish(response)
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
                "the stream ended before the answer was complete: no `response.completed` came",
            )),
        }
    }

    /// What the response as a whole says.
    fn state(
        &mut self,
        raw: Option<&RawValue>,
        frame: &Frame,
        is_last: bool,
    ) -> Result<Option<AiMessageChunk>> {
        let response: Response<'_> = match raw {
            Some(raw) => serde_json::from_str(raw.get()).map_err(|error| {
                Error::new(ErrorKind::Parse, format!("cannot read a response: {error}"))
                    .caused_by(error)
            })?,
            None => Response::default(),
        };
        if !is_last {
            let chunk = self.head(&response, AiMessageChunk::default());
            return Ok((chunk != AiMessageChunk::default()).then_some(chunk));
        }
        let has_error = response.error.is_some_and(|error| error.get() != "null");
        let failed = has_error || response.status.is("failed");
        let chunk = self.finish(response)?;
        if failed {
            self.complete = false;
            self.failed = Some(ApiError::from_json(&frame.json()?).into_error());
        }
        Ok(Some(chunk))
    }

    /// The response is complete.
    fn finish(&mut self, response: Response<'_>) -> Result<AiMessageChunk> {
        self.complete = true;
        let mut chunk = self.head(&response, AiMessageChunk::default());
        if self.items.is_empty() {
            for (index, item) in (0..).zip(response.output.unwrap_or_default()) {
                chunk = self.item(index, item, true, chunk);
                self.check()?;
            }
        }
        if let Some(usage) = &response.usage {
            if let Some(read) = usage.read() {
                chunk = chunk.with_usage(read);
            }
            if let Some(cost) = parsed::<Value>(usage.cost) {
                chunk = chunk.with_metadata("cost", cost);
            }
        }
        if let Some(tier) = response.service_tier.get() {
            chunk = chunk.with_metadata("service_tier", tier);
        }
        let details = parsed::<Value>(response.incomplete_details).filter(|it| !it.is_null());
        let reason = details.as_ref().and_then(|details| details["reason"].as_str());
        let status = response.status.get().unwrap_or("completed");
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

    /// Says whether the answer has more items or blocks than it may have.
    fn check(&self) -> Result<()> {
        if self.items.len() > MAX_PARTS {
            return Err(too_many("output items", MAX_PARTS));
        }
        self.blocks.check()
    }

    /// Where the item of this index is.
    fn place_of(&self, index: u64) -> Option<usize> {
        let in_order = usize::try_from(index).ok();
        in_order
            .filter(|at| self.items.get(*at).is_some_and(|item| item.index == index))
            .or_else(|| self.misplaced.get(&index).copied())
    }

    fn push(&mut self, item: ItemReader) -> usize {
        let place = self.items.len();
        if usize::try_from(item.index) != Ok(place) {
            self.misplaced.insert(item.index, place);
        }
        self.items.push(item);
        place
    }

    fn head(&mut self, response: &Response<'_>, mut chunk: AiMessageChunk) -> AiMessageChunk {
        if !self.told_id
            && let Some(id) = response.id.get()
        {
            self.told_id = true;
            chunk = self.headers.tell(chunk.with_id(id).with_provider(self.provider.clone()));
        }
        if !self.told_model
            && let Some(model) = response.model.get()
        {
            self.told_model = true;
            chunk = chunk.with_model(model);
        }
        chunk
    }

    fn added(&mut self, event: Event<'_>) -> Option<AiMessageChunk> {
        let index = event.output_index.or_zero();
        let chunk = self.item(index, event.item?, false, AiMessageChunk::default());
        (chunk != AiMessageChunk::default()).then_some(chunk)
    }

    fn done(&mut self, event: Event<'_>) -> Option<AiMessageChunk> {
        let index = event.output_index.or_zero();
        let chunk = self.item(index, event.item?, true, AiMessageChunk::default());
        (chunk != AiMessageChunk::default()).then_some(chunk)
    }

    /// An item that begins, or is complete. An item that cannot be read is one of the service's own.
    fn item(
        &mut self,
        index: u64,
        raw: &RawValue,
        is_whole: bool,
        mut chunk: AiMessageChunk,
    ) -> AiMessageChunk {
        let item = || serde_json::from_str::<Item<'_>>(raw.get()).unwrap_or_default();
        let place = match self.place_of(index) {
            Some(place) => place,
            None => {
                let (begun, first) = ItemReader::begin(index, item(), &mut self.blocks);
                let place = self.push(begun);
                if let Some(first) = first {
                    chunk = chunk.with(first);
                }
                place
            }
        };
        match is_whole {
            true => self.items[place].finish(item(), raw, &mut self.blocks, chunk),
            false => chunk,
        }
    }

    /// A piece of an item.
    fn piece(&mut self, kind: &str, event: Event<'_>) -> Option<AiMessageChunk> {
        let (content, summary) = (event.content_index.or_zero(), event.summary_index.or_zero());
        let index = event.output_index.or_zero();
        let place = match self.place_of(index) {
            Some(place) => place,
            None => {
                // Gateways may leave out that it begins.
                let item = ItemReader::implied(index, kind, &mut self.blocks)?;
                self.push(item)
            }
        };
        let (item, blocks) = (&mut self.items[place], &mut self.blocks);
        let text = |word: Word<'_>| word.take().unwrap_or_default();
        let block: Option<BlockChunk> = match kind {
            "output_text.delta" => {
                let piece = item.piece(PartKind::Text, content, text(event.delta), blocks);
                let chunk = piece.map(AiMessageChunk::from).unwrap_or_default();
                let chunk = with_logprobs(chunk, event.logprobs);
                return (chunk != AiMessageChunk::default()).then_some(chunk);
            }
            "output_text.done" => item.whole(PartKind::Text, content, event.text.get()?, blocks),
            "output_text.annotation.added" => {
                let said = parsed(event.annotation).and_then(annotation)?;
                Some(item.annotation(content, said, blocks))
            }
            "refusal.delta" => item.piece(PartKind::Refusal, content, text(event.delta), blocks),
            "refusal.done" => item.whole(PartKind::Refusal, content, event.refusal.get()?, blocks),
            "reasoning_summary_text.delta" => {
                item.piece(PartKind::Summary, summary, text(event.delta), blocks)
            }
            "reasoning_summary_text.done" => {
                item.whole(PartKind::Summary, summary, event.text.get()?, blocks)
            }
            "reasoning_text.delta" => {
                item.piece(PartKind::Thoughts, content, text(event.delta), blocks)
            }
            "reasoning_text.done" => {
                item.whole(PartKind::Thoughts, content, event.text.get()?, blocks)
            }
            "function_call_arguments.delta" | "custom_tool_call_input.delta" => {
                item.arguments(text(event.delta))
            }
            "function_call_arguments.done" => item.all_arguments(&event.arguments.take()?),
            "custom_tool_call_input.done" => item.all_arguments(event.input.get()?),
            // Progress of calls that the service makes, which come whole with their item.
            _ => None,
        };
        block.map(Into::into)
    }
}
