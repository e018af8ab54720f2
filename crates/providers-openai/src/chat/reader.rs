//! Reads answers, whole or streamed.

use std::{borrow::Cow, collections::HashMap};

use providers_http::{
    ApiError, Frame,
    chat::{MAX_CHOICES, too_many},
    http::HeaderMap,
};
use runnable_chat::{AiMessageChunk, message::BlockChunk, model::ChatRequest};
use runnable_core::{Chunk, Error, ErrorKind, Result};
use serde_json::{Value, value::RawValue};

use super::{
    answer::Answer,
    choice::{ChoiceReader, annotated},
    pattern::Pattern,
    token::TokenEvent,
};
use crate::{
    annotation::source,
    headers::Headers,
    wire::{Word, parsed, read},
};

/// Reads the answer to one call.
#[derive(Debug)]
pub(crate) struct CompletionReader {
    provider: Cow<'static, str>,
    headers: Headers,
    /// What was told of the answer as a whole.
    told: Told,
    choices: Vec<ChoiceReader>,
    /// Where the choices are whose place is not their index.
    misplaced: HashMap<u32, usize>,
    /// The number of choices that have not said why they stopped.
    unfinished: usize,
    /// Sources of the whole answer, which some services repeat with each event.
    sources: Option<Box<RawValue>>,
    /// The format that sounds were asked for in.
    audio_format: Option<String>,
    /// An error that came with something to tell first.
    failed: Option<Error>,
    /// What the last [`TokenEvent`] looked like.
    pattern: Option<Pattern>,
    /// How many events in a row were no [`TokenEvent`]s, though they might have been.
    other_events: u32,
    done: bool,
}

/// After so many of them, [`TokenEvent`]s are looked for less and less often: the service has events
/// of its own, if only for its thoughts.
const OTHER_EVENTS: u32 = 3;

/// The format of sounds for which no other was asked.
const AUDIO_FORMAT: &str = "wav";

#[derive(Debug, Default)]
struct Told {
    provider: bool,
    id: bool,
    model: bool,
    fingerprint: bool,
    tier: bool,
    upstream: bool,
}

impl Told {
    /// Whether what stands in an event besides its text was told before.
    fn tells(&self, event: &TokenEvent<'_>) -> bool {
        let there = [
            (event.id.is_some(), self.id),
            (event.model.is_some(), self.model),
            (event.system_fingerprint.is_some(), self.fingerprint),
            (event.service_tier.is_some(), self.tier),
            (event.provider.is_some(), self.upstream),
        ];
        there.into_iter().all(|(is_there, told)| told || !is_there)
    }
}

impl CompletionReader {
    pub(crate) fn new(provider: Cow<'static, str>, request: &ChatRequest) -> Self {
        let audio = request.options.extras.get("audio");
        let format = audio.and_then(|audio| audio["format"].as_str());
        Self {
            provider,
            headers: Headers::default(),
            told: Told::default(),
            choices: Vec::new(),
            misplaced: HashMap::new(),
            unfinished: 0,
            sources: None,
            audio_format: format.map(str::to_owned),
            failed: None,
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
        let data = event.as_bytes().trim_ascii();
        if data == b"[DONE]" {
            self.done = true;
            return Ok(self.last());
        }
        if data.is_empty() {
            return Ok(None);
        }
        if event.event() == Some("error") || event.is_bare() {
            let said = event.json::<Value>().unwrap_or_else(|_| event.data().trim().into());
            return Err(ApiError::from_json(&said).into_error());
        }
        if let Some(text) = self.token(event.data()) {
            return Ok(Some(BlockChunk::text(text).at(0).into()));
        }
        let answer: Answer<'_> = read(event.data().trim(), event)?;
        if answer.choices.is_none() && is_error(&answer) {
            return Err(ApiError::from_json(&event.json()?).into_error());
        }
        let (chunk, error) = self.answer(answer, false);
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
        let unreadable = |what: &dyn std::fmt::Display| {
            let begins: String = String::from_utf8_lossy(body).trim().chars().take(200).collect();
            Error::new(ErrorKind::Parse, format!("cannot read the answer: {what}: {begins}"))
        };
        // At once, so that each text in it need not be looked at again.
        let text = str::from_utf8(body).map_err(|error| unreadable(&error).caused_by(error))?;
        let answer: Answer<'_> =
            serde_json::from_str(text).map_err(|error| unreadable(&error).caused_by(error))?;
        if answer.choices.as_ref().is_none_or(|choices| choices.0.is_empty()) {
            let said: Value = serde_json::from_str(text).map_err(|error| unreadable(&error))?;
            let names_error = ["error", "detail", "message", "errors"]
                .iter()
                .any(|key| said.get(key).is_some_and(|it| !it.is_null()));
            return Err(match names_error {
                true => ApiError::from_json(&said).into_error(),
                false => unreadable(&"it has no `choices`"),
            });
        }
        let (chunk, error) = self.answer(answer, true);
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
        // Some services end without a `[DONE]`.
        let finished = !self.choices.is_empty() && self.unfinished == 0;
        if self.done || finished {
            self.done = true;
            return Ok(self.last());
        }
        Err(Error::new(
            ErrorKind::Connection,
            "the stream ended before the answer was complete: neither a finish reason nor `[DONE]` \
             came",
        ))
    }

    /// The text of an event that is nothing else, once all else was told.
    fn token(&mut self, data: &str) -> Option<String> {
        let has_begun = self.choices.first().is_some_and(|choice| choice.index == 0);
        if !has_begun || !self.told.provider {
            return None;
        }
        let alike = self.pattern.as_ref().and_then(|pattern| pattern.text(data));
        if let Some(text) = alike.filter(|text| !text.is_empty()) {
            return Some(text.into_owned());
        }
        if self.other_events > OTHER_EVENTS && !self.other_events.is_power_of_two() {
            self.other_events = self.other_events.saturating_add(1);
            return None;
        }
        let event = serde_json::from_str::<TokenEvent<'_>>(data).ok();
        let event = event.filter(|event| self.told.tells(event));
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

    /// What was kept until the end.
    fn last(&mut self) -> Option<AiMessageChunk> {
        let format = self.audio_format.as_deref().unwrap_or(AUDIO_FORMAT);
        let mut chunk = AiMessageChunk::default();
        for choice in &mut self.choices {
            let last = choice.finish(AiMessageChunk::default(), format);
            chunk = placed(chunk, choice.index, last);
        }
        let sources: Vec<Value> = parsed(self.sources.take().as_deref()).unwrap_or_default();
        chunk = annotated(chunk, sources.into_iter().filter_map(source).collect());
        (!chunk.is_empty()).then_some(chunk)
    }

    fn answer(&mut self, answer: Answer<'_>, whole: bool) -> (AiMessageChunk, Option<Error>) {
        let mut error = answer.error.or(answer.x_groq.as_ref().and_then(|groq| groq.error));
        let format = self.audio_format.clone();
        let audio = format.as_deref().unwrap_or(AUDIO_FORMAT);
        let mut chunk = AiMessageChunk::default();
        for choice in answer.choices.unwrap_or_default().0 {
            error = error.or(choice.error);
            let index = choice.index.index().unwrap_or_default();
            let Some(place) = self.place_of(index) else {
                return (chunk, Some(too_many("choices", MAX_CHOICES)));
            };
            let reader = &mut self.choices[place];
            let was_finished = reader.finished;
            let piece = reader.read(choice, whole, audio);
            if reader.finished && !was_finished {
                self.unfinished -= 1;
            }
            chunk = placed(chunk, index, piece);
        }
        let words = [
            (&mut self.told.fingerprint, "system_fingerprint", &answer.system_fingerprint),
            (&mut self.told.tier, "service_tier", &answer.service_tier),
            (&mut self.told.upstream, "upstream_provider", &answer.provider),
        ];
        for (told, key, word) in words {
            if let Some(text) = news(told, word) {
                chunk = chunk.with_metadata(key, text);
            }
        }
        if let Some(id) = news(&mut self.told.id, &answer.id) {
            chunk = chunk.with_id(id);
        }
        if let Some(model) = news(&mut self.told.model, &answer.model) {
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
            && let Some(cost) = parsed::<Value>(usage.and_then(|usage| usage.cost))
        {
            chunk = chunk.with_metadata("cost", cost);
        }
        let facts = [
            ("prompt_filter_results", answer.prompt_filter_results),
            ("images", answer.images),
            ("related_questions", answer.related_questions),
        ];
        for (key, fact) in facts {
            let fact = parsed::<Value>(fact);
            if let Some(fact) = fact.filter(|fact| fact.as_array().is_none_or(|it| !it.is_empty()))
            {
                chunk = chunk.with_metadata(key, fact);
            }
        }
        self.keep_sources(answer.search_results.or(answer.citations));
        if !self.told.provider && !chunk.is_empty() {
            self.told.provider = true;
            chunk = self.headers.tell(chunk.with_provider(self.provider.clone()));
        }
        let said = parsed::<Value>(error).filter(|said| !said.is_null());
        (chunk, said.map(|said| ApiError::from_json(&said).into_error()))
    }

    /// Where the choice of this index is; `None` if it would be one too many.
    fn place_of(&mut self, index: u32) -> Option<usize> {
        // Nearly all services count from 0.
        let in_order = usize::try_from(index).ok();
        let in_order =
            in_order.filter(|at| self.choices.get(*at).is_some_and(|it| it.index == index));
        if let Some(place) = in_order.or_else(|| self.misplaced.get(&index).copied()) {
            return Some(place);
        }
        let place = self.choices.len();
        if place == MAX_CHOICES {
            return None;
        }
        if place == 0 {
            // There is hardly ever another.
            self.choices.reserve_exact(1);
        }
        self.choices.push(ChoiceReader::new(index));
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

/// A word that was not told yet.
fn news(told: &mut bool, word: &Word<'_>) -> Option<String> {
    if *told {
        return None;
    }
    let text = word.get()?.to_owned();
    *told = true;
    Some(text)
}

/// A piece of the answer, or of one of the others.
fn placed(chunk: AiMessageChunk, index: u32, piece: AiMessageChunk) -> AiMessageChunk {
    match index {
        _ if piece.is_empty() => chunk,
        0 => match chunk.is_empty() {
            true => piece,
            false => merged(chunk, piece),
        },
        _ => chunk.with_other_choice(index, piece),
    }
}

fn merged(mut chunk: AiMessageChunk, next: AiMessageChunk) -> AiMessageChunk {
    chunk.merge(next);
    chunk
}

/// Whether something without choices is an error, and no sign of life.
fn is_error(answer: &Answer<'_>) -> bool {
    answer.error.is_some() || answer.object.is("error")
}
