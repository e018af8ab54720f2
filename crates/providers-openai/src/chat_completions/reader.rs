//! Decodes complete and streamed responses.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use runnable_chat::{AiMessageChunk, message::BlockChunk, model::ChatRequest};
use runnable_core::{Chunk, Error, ErrorKind, Result};
use runnable_http::{
    ApiError, Frame,
    chat::{MAX_CHOICES, too_many, unreadable},
    http::HeaderMap,
    lenient,
};
use serde_json::value::RawValue;

use super::{
    block::{ChoiceReader, Form, annotated},
    event::Answer,
    fast_path::{Pattern, TokenEvent},
};
use crate::{
    served_model::ServedModel,
    shared::{Headers, source},
    wire::{Word, is_meaningful, items, parsed_value, read_event, read_whole},
};

/// Decodes one response, complete or event by event.
#[derive(Debug)]
pub(crate) struct CompletionReader {
    provider: Cow<'static, str>,
    headers: Headers,
    /// The properties of the answer that an earlier chunk already contained.
    emitted: Emitted,
    /// The names of the tools of the request. `None` if the request has no tools.
    tools: Option<Arc<[String]>>,
    choices: Vec<ChoiceReader>,
    /// For the index of each choice whose position in `choices` differs from its index, the
    /// position.
    misplaced: HashMap<u32, usize>,
    /// The number of choices without a finish reason.
    unfinished: usize,
    /// The sources of the answer, which some services repeat in each event.
    sources: Option<Box<RawValue>>,
    /// The audio format that the request asked for.
    audio_format: Option<String>,
    /// An error that was received together with content. It is returned after the content.
    failed: Option<Error>,
    /// Whether the service may omit the finish reason.
    omits_reason: bool,
    /// The pattern of the last event that was parsed_value as a [`TokenEvent`].
    pattern: Option<Pattern>,
    /// The number of consecutive events, up to the last one, that were not read as a
    /// [`TokenEvent`].
    other_events: u32,
    done: bool,
}

/// The number of consecutive events that are not a [`TokenEvent`] after which the reader tries to
/// parse a `TokenEvent` less and less often. The service then sends other events, for example with
/// reasoning.
const OTHER_EVENTS: u32 = 3;

/// The audio format if the request does not specify one.
const AUDIO_FORMAT: &str = "wav";

/// For each property of the answer, whether a chunk that contained it was already returned.
#[derive(Debug, Default)]
struct Emitted {
    provider: bool,
    id: bool,
    model: bool,
    fingerprint: bool,
    tier: bool,
    upstream: bool,
}

impl Emitted {
    /// Returns whether an earlier chunk contained everything in the event except its text.
    fn covers(&self, event: &TokenEvent<'_>) -> bool {
        let fields = [
            (event.id.is_some(), self.id),
            (event.model.is_some(), self.model),
            (event.system_fingerprint.is_some(), self.fingerprint),
            (event.service_tier.is_some(), self.tier),
            (event.provider.is_some(), self.upstream),
        ];
        fields.into_iter().all(|(is_present, emitted)| emitted || !is_present)
    }
}

impl CompletionReader {
    pub(crate) fn new(served: &ServedModel, request: &ChatRequest) -> Self {
        let audio = request.options.extras.get("audio");
        let format = audio.and_then(|audio| audio["format"].as_str());
        let tools = &request.options.tools;
        let names = || tools.iter().map(|tool| tool.name.clone()).collect();
        Self {
            provider: served.provider.clone(),
            headers: Headers::default(),
            emitted: Emitted::default(),
            tools: (!tools.is_empty()).then(names),
            choices: Vec::new(),
            misplaced: HashMap::new(),
            unfinished: 0,
            sources: None,
            audio_format: format.map(str::to_owned),
            failed: None,
            omits_reason: served.quirks.omits_reason,
            pattern: None,
            other_events: 0,
            done: false,
        }
    }

    pub(crate) fn read_headers(&mut self, headers: &HeaderMap) {
        self.headers.read(headers);
    }

    pub(crate) fn read_event(&mut self, event: &Frame) -> Result<Option<AiMessageChunk>> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        if event.data().trim() == "[DONE]" {
            return self.finish(true);
        }
        if event.event() == Some("error") || event.is_bare() {
            let error = lenient::value(event.data());
            let error = error.unwrap_or_else(|_| event.data().trim().into());
            return Err(ApiError::from_json(&error).into_error());
        }
        if let Some(text) = self.token(event.data()) {
            return Ok(Some(BlockChunk::text(text).with_index(0).into()));
        }
        if event.is_keep_alive() {
            return Ok(None);
        }
        let mut repaired = None;
        let (answer, repaired): (Answer<'_>, _) = read_event(event, &mut repaired)?;
        if answer.choices.0.is_empty() && may_be_error(&answer, event.data()) {
            let error = lenient::value(event.data()).unwrap_or_default();
            if let Some(error) = ApiError::told_by(&error) {
                return Err(error.into_error());
            }
        }
        let (chunk, error) = self.answer(answer, Form::Event { repaired });
        match (chunk.is_empty(), error) {
            (true, Some(error)) => Err(error),
            (true, None) => Ok(None),
            (false, error) => {
                self.failed = error;
                Ok(Some(chunk))
            }
        }
    }

    pub(crate) fn read_whole(&mut self, body: &[u8]) -> Result<AiMessageChunk> {
        let mut repaired = None;
        let answer: Answer<'_> = read_whole(body, &mut repaired)?;
        if answer.choices.0.is_empty() {
            let error = lenient::value(&String::from_utf8_lossy(body)).unwrap_or_default();
            return Err(match ApiError::told_by(&error) {
                Some(error) => error.into_error(),
                None => unreadable("missing `choices`"),
            });
        }
        let (chunk, error) = self.answer(answer, Form::Whole);
        self.done = true;
        match error {
            Some(error) => Err(error),
            None => Ok(match self.last() {
                Some(last) => merged(chunk, last),
                None => chunk,
            }),
        }
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.done
    }

    pub(crate) fn end(&mut self) -> Result<Option<AiMessageChunk>> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        self.finish(false)
    }

    /// Handles the end of the stream. `marked` is whether the service sent `[DONE]`. This mark
    /// alone does not make the answer complete, because servers also send it after a failure: every
    /// choice must also have a finish reason, unless the service may omit it.
    fn finish(&mut self, marked: bool) -> Result<Option<AiMessageChunk>> {
        // Some services end the stream without `[DONE]`.
        let finished = !self.choices.is_empty() && self.unfinished == 0;
        if self.done || finished || (marked && self.omits_reason) {
            self.done = true;
            return Ok(self.last());
        }
        Err(Error::new(
            ErrorKind::Connection,
            if marked {
                "the stream ended before the answer was complete: received `[DONE]` without a finish \
                     reason; if this service never sends one, set `may_omit_finish_reason`"
            } else {
                "the stream ended before the answer was complete: received neither a finish \
                     reason nor `[DONE]`"
            },
        ))
    }

    /// Returns the text of an event that contains nothing new except text. Returns `None` for any
    /// other event, which must then be parsed_value completely.
    fn token(&mut self, data: &str) -> Option<String> {
        let first = self.choices.first();
        let has_begun = first.is_some_and(|choice| choice.index == 0 && !choice.is_waiting());
        if !has_begun || !self.emitted.provider {
            return None;
        }
        let matched_text = self.pattern.as_ref().and_then(|pattern| pattern.text(data));
        if let Some(text) = matched_text.filter(|text| !text.is_empty()) {
            return Some(text.into_owned());
        }
        if self.other_events > OTHER_EVENTS && !self.other_events.is_power_of_two() {
            self.other_events = self.other_events.saturating_add(1);
            return None;
        }
        let event = serde_json::from_str::<TokenEvent<'_>>(data).ok();
        let event = event.filter(|event| self.emitted.covers(event));
        let pattern = event.as_ref().and_then(|event| event.pattern(data));
        let text = event.and_then(TokenEvent::into_text);
        match text {
            Some(_) => {
                self.pattern = pattern.or(self.pattern.take());
                self.other_events = 0;
            }
            None => self.other_events = self.other_events.saturating_add(1),
        }
        text
    }

    /// Returns the content that can be returned only when the answer is complete, such as audio and
    /// sources.
    fn last(&mut self) -> Option<AiMessageChunk> {
        let format = self.audio_format.as_deref().unwrap_or(AUDIO_FORMAT);
        let mut chunk = AiMessageChunk::default();
        for choice in &mut self.choices {
            let last = choice.finish(AiMessageChunk::default(), format);
            chunk = placed(chunk, choice.index, last);
        }
        let sources = self.sources.take();
        let sources = items(sources.as_deref()).into_iter();
        let sources = sources.filter_map(|item| source(parsed_value(Some(item))?)).collect();
        chunk = annotated(chunk, sources);
        (!chunk.is_empty()).then_some(chunk)
    }

    fn answer(&mut self, answer: Answer<'_>, form: Form) -> (AiMessageChunk, Option<Error>) {
        let groq_error = answer.x_groq.as_ref().and_then(|groq| groq.error);
        let mut error = [answer.error, groq_error]
            .into_iter()
            .flatten()
            .find(|error| is_meaningful(Some(error)));
        let format = self.audio_format.clone();
        let audio = format.as_deref().unwrap_or(AUDIO_FORMAT);
        let mut chunk = AiMessageChunk::default();
        for choice in answer.choices {
            error = error.or(choice.error.filter(|error| is_meaningful(Some(error))));
            let index = choice.index.index().unwrap_or_default();
            let Some(place) = self.place_of(index) else {
                return (chunk, Some(too_many("choices", MAX_CHOICES)));
            };
            let reader = &mut self.choices[place];
            let was_finished = reader.finished;
            let choice_chunk = reader.read(choice, form, audio);
            if reader.finished && !was_finished {
                self.unfinished -= 1;
            }
            chunk = placed(chunk, index, choice_chunk);
        }
        let properties = [
            (&mut self.emitted.fingerprint, "system_fingerprint", &answer.system_fingerprint),
            (&mut self.emitted.tier, "service_tier", &answer.service_tier),
            (&mut self.emitted.upstream, "upstream_provider", &answer.provider),
        ];
        for (emitted, key, word) in properties {
            if let Some(text) = first_time(emitted, word) {
                chunk = chunk.with_metadata(key, text);
            }
        }
        if let Some(id) = first_time(&mut self.emitted.id, &answer.id) {
            chunk = chunk.with_id(id);
        }
        if let Some(model) = first_time(&mut self.emitted.model, &answer.model) {
            chunk = chunk.with_model(model);
        }
        let mut groq = answer.x_groq;
        let groq_usage = groq.as_mut().and_then(|groq| groq.usage.take());
        if let Some(id) = groq.and_then(|groq| groq.id.take()) {
            chunk = chunk.with_metadata("request_id", id);
        }
        let usage = answer.usage.or(groq_usage);
        if let Some(read) = usage.as_ref().and_then(|usage| usage.read()) {
            chunk = chunk.with_usage(read);
        }
        if self.unfinished == 0
            && let Some(cost) = parsed_value(usage.and_then(|usage| usage.cost))
        {
            chunk = chunk.with_metadata("cost", cost);
        }
        let facts = [
            ("prompt_filter_results", answer.prompt_filter_results),
            ("images", answer.images),
            ("related_questions", answer.related_questions),
        ];
        for (key, fact) in facts {
            let fact = parsed_value(fact);
            if let Some(fact) =
                fact.filter(|fact| fact.as_array().is_none_or(|list| !list.is_empty()))
            {
                chunk = chunk.with_metadata(key, fact);
            }
        }
        self.keep_sources(answer.search_results.or(answer.citations));
        if !self.emitted.provider && !chunk.is_empty() {
            self.emitted.provider = true;
            chunk = self.headers.add_to(chunk.with_provider(self.provider.clone()));
        }
        let error = parsed_value(error);
        (chunk, error.map(|error| ApiError::from_json(&error).into_error()))
    }

    /// Returns the position of the choice with this index. Adds the choice if it is new. Returns
    /// `None` if there are too many choices.
    fn place_of(&mut self, index: u32) -> Option<usize> {
        // Nearly all services count from 0, so the position is usually the index.
        let in_order = usize::try_from(index).ok();
        let in_order =
            in_order.filter(|at| self.choices.get(*at).is_some_and(|choice| choice.index == index));
        if let Some(place) = in_order.or_else(|| self.misplaced.get(&index).copied()) {
            return Some(place);
        }
        let place = self.choices.len();
        if place == MAX_CHOICES {
            return None;
        }
        if place == 0 {
            // Most answers have only one choice.
            self.choices.reserve_exact(1);
        }
        self.choices.push(ChoiceReader::new(index, self.tools.clone()));
        self.unfinished += 1;
        if usize::try_from(index) != Ok(place) {
            self.misplaced.insert(index, place);
        }
        Some(place)
    }

    fn keep_sources(&mut self, sources: Option<&RawValue>) {
        let Some(sources) = sources else { return };
        if self.sources.as_ref().is_none_or(|kept| kept.get() != sources.get()) {
            self.sources = Some(sources.to_owned());
        }
    }
}

/// Returns the text of a property, unless an earlier chunk contained it.
fn first_time(emitted: &mut bool, word: &Word<'_>) -> Option<String> {
    if *emitted {
        return None;
    }
    let text = word.get()?.to_owned();
    *emitted = true;
    Some(text)
}

/// Adds what was received for the choice with this index to the chunk of the answer.
fn placed(chunk: AiMessageChunk, index: u32, choice_chunk: AiMessageChunk) -> AiMessageChunk {
    match index {
        _ if choice_chunk.is_empty() => chunk,
        0 => {
            if chunk.is_empty() {
                choice_chunk
            } else {
                merged(chunk, choice_chunk)
            }
        }
        _ => chunk.with_other_choice(index, choice_chunk),
    }
}

fn merged(mut chunk: AiMessageChunk, next: AiMessageChunk) -> AiMessageChunk {
    chunk.merge(next);
    chunk
}

/// Returns whether an event without choices may be an error, and not a keep-alive.
fn may_be_error(answer: &Answer<'_>, data: &str) -> bool {
    let emitted = [answer.error, answer.detail, answer.message];
    // If the data is a text or a list, it is an error message, or a list of error messages.
    let is_text = matches!(data.trim_start().as_bytes(), [b'"' | b'[', ..]);
    is_text || answer.object.is("error") || emitted.into_iter().any(is_meaningful)
}
