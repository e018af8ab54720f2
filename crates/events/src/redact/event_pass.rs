//! [`EventPass`]: redacts everything in an event.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{chunk_tails::ChunkTails, content::Content, rules::Rules, walk::Walk};
use crate::record::{RecordedData, RecordedError, RecordedEvent};

/// Redacts everything in an event.
pub(super) struct EventPass<'a> {
    rules: &'a Rules,
    /// The ends of the earlier chunks of the run.
    tails: &'a mut ChunkTails,
}

impl<'a> EventPass<'a> {
    pub(super) fn new(rules: &'a Rules, tails: &'a mut ChunkTails) -> Self {
        Self { rules, tails }
    }

    pub(super) fn event(&mut self, event: &mut RecordedEvent) {
        self.texts([&mut event.name, &mut event.kind]);
        self.texts(&mut event.path);
        self.texts(&mut event.tags);
        self.texts(&mut event.source);
        self.texts(&mut event.position.tag);
        self.texts(&mut event.position.choice);
        self.fields("position", &mut event.position.extra);
        self.fields("metadata", &mut event.metadata);
        self.fields("extra", &mut event.extra);
        self.data(&mut event.data);
    }

    fn data(&mut self, data: &mut RecordedData) {
        match data {
            RecordedData::Start { input, extra } => {
                self.content("input", input);
                self.fields("extra", extra);
            }
            RecordedData::Chunk { chunk, text, extra } => {
                self.chunk(chunk, text);
                self.fields("extra", extra);
            }
            RecordedData::Custom { name, data, extra } => {
                self.texts([name]);
                self.value("custom", data);
                self.rules.content.apply(data);
                self.fields("extra", extra);
            }
            RecordedData::Retry { attempt: _, wait: _, error, extra } => {
                self.error(error);
                self.fields("extra", extra);
            }
            RecordedData::Fallback { number: _, error, extra } => {
                self.error(error);
                self.fields("extra", extra);
            }
            RecordedData::Wait { reason, wait: _, extra } => {
                self.texts([reason]);
                self.fields("extra", extra);
            }
            RecordedData::Report { name, data, extra } => {
                self.texts([&mut *name]);
                self.value("report", data);
                self.report_content(name, data);
                self.fields("extra", extra);
            }
            RecordedData::End { input, output, extra } => {
                self.content("input", input);
                self.content("output", output);
                self.fields("extra", extra);
            }
            RecordedData::Error { error, partial, extra } => {
                self.error(error);
                self.content("output", partial);
                self.fields("extra", extra);
            }
            RecordedData::Cancelled { cause, partial, extra } => {
                self.texts(cause);
                self.content("output", partial);
                self.fields("extra", extra);
            }
            RecordedData::Unknown { event, data } => {
                self.texts([event]);
                self.content("data", data);
            }
        }
    }

    /// Reduces the data of a report to the content that is kept. The reports of this library
    /// contain facts, such as a status and times, and no content except for an error message.
    fn report_content(&self, name: &str, data: &mut Value) {
        match name {
            "http" => {
                if let Some(Value::String(error)) = data.get_mut("error") {
                    self.rules.content.apply_to_text(error);
                }
            }
            "blocked" => (),
            _ => self.rules.content.apply(data),
        }
    }

    /// Redacts a chunk, together with the end of the earlier chunks of the run.
    fn chunk(&mut self, chunk: &mut Value, text: &mut Option<String>) {
        let Self { rules, tails } = self;
        // If the chunk is a string, the text is the same string. Do not search it twice.
        let is_same = text.is_some() && text.as_deref() == chunk.as_str();
        // A rule for a field changes the chunk, but the text of the chunk can contain the same
        // value. Remove the text if the chunk has changed.
        let before = (rules.has_paths() && !is_same).then(|| chunk.clone());
        Walk::new(rules, |path, text| tails.redact(rules, path, text)).root("output", chunk);
        if is_same {
            *text = chunk.as_str().map(str::to_owned);
        } else if before.is_some_and(|before| before != *chunk) {
            *text = None;
        } else if let Some(piece) = text {
            tails.redact(rules, "text", piece);
        }
        rules.content.apply(chunk);
        match text {
            Some(_) if rules.content == Content::None => *text = None,
            Some(piece) => rules.content.apply_to_text(piece),
            None => {}
        }
    }

    /// Redacts an error. Its message and its causes are content, because services repeat parts of
    /// the request in them.
    fn error(&mut self, error: &mut RecordedError) {
        let RecordedError { kind, message, code, request_id, path, causes, extra, .. } = error;
        self.texts([kind]);
        self.texts(code);
        self.texts(request_id);
        self.texts(path);
        self.fields("error", extra);
        for text in causes.iter_mut().chain([message]) {
            self.texts([&mut *text]);
            self.rules.content.apply_to_text(text);
        }
    }

    fn content(&self, name: &str, value: &mut Option<Value>) {
        if let Some(value) = value {
            self.value(name, value);
        }
        self.rules.content.apply_to_optional(value);
    }

    fn value(&self, name: &str, value: &mut Value) {
        Walk::new(self.rules, |_: &str, text: &mut String| self.text(text)).root(name, value);
    }

    fn fields(&self, name: &str, fields: &mut Map<String, Value>) {
        Walk::new(self.rules, |_: &str, text: &mut String| self.text(text)).fields(name, fields);
    }

    fn texts<'t>(&self, texts: impl IntoIterator<Item = &'t mut String>) {
        texts.into_iter().for_each(|text| self.text(text));
    }

    fn text(&self, text: &mut String) {
        if let Cow::Owned(redacted) = self.rules.redacted(text) {
            *text = redacted;
        }
    }
}
