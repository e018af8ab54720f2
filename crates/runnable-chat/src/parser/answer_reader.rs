//! An answer that is to be JSON, read as it comes.

use std::mem;

use runnable_core::{Chunked, Error, ErrorKind, Result, ValueChunk};
use serde_json::Value;

use super::{
    json_start::{Found, Lead},
    partial::PartialJson,
};
use crate::{
    AiMessageChunk, FinishReason,
    message::{BlockDelta, ContentBlock},
};

/// How many characters of an answer an error quotes, on either side of what is wrong.
const EXCERPT: usize = 40;

/// Reads the JSON of an answer as it comes, each character once.
#[derive(Debug)]
pub(super) struct AnswerReader {
    /// All that came, for errors to quote.
    text: String,
    stage: Stage,
    refusal: String,
    finish_reason: Option<FinishReason>,
}

#[derive(Debug)]
enum Stage {
    Before(Lead),
    Inside(Box<PartialJson>),
    After(Value),
    Wrong(Error),
}

impl AnswerReader {
    pub(super) fn new() -> Self {
        Self {
            text: String::new(),
            stage: Stage::Before(Lead::new()),
            refusal: String::new(),
            finish_reason: None,
        }
    }

    /// Reads a chunk of the answer. Gives the JSON as far as it came, if there is more of it now.
    pub(super) fn push(&mut self, chunk: &AiMessageChunk) -> Option<ValueChunk> {
        for block in chunk.blocks() {
            match &block.delta {
                BlockDelta::Refusal(block) | BlockDelta::Complete(ContentBlock::Refusal(block)) => {
                    self.refusal.push_str(&block.refusal);
                }
                _ => (),
            }
        }
        if let Some(reason) = chunk.finish_reason() {
            self.finish_reason = Some(reason.clone());
        }
        self.push_text(&chunk.text())
    }

    fn push_text(&mut self, text: &str) -> Option<ValueChunk> {
        let start = self.text.len();
        self.text.push_str(text);
        let mut news = None;
        for (at, c) in text.char_indices() {
            match &mut self.stage {
                Stage::Before(lead) => match lead.push(c) {
                    Found::Nothing => (),
                    Found::Scalar(value) => {
                        news = Some(value.clone().into_chunk());
                        self.stage = Stage::After(value);
                    }
                    Found::Json => {
                        let mut json = PartialJson::new();
                        // It is one that can begin a value.
                        let _ = json.push(c);
                        self.stage = Stage::Inside(Box::new(json));
                    }
                },
                Stage::Inside(json) => {
                    if let Err(wrong) = json.push(c) {
                        news = json.news().map(ValueChunk::new);
                        self.stage = Stage::Wrong(self.wrong_at(start + at, &wrong));
                    } else if json.is_whole() {
                        news = json.news().map(ValueChunk::new);
                        let json = mem::replace(json, Box::new(PartialJson::new()));
                        // A document that is whole ends well.
                        if let Ok(value) = json.finish() {
                            self.stage = Stage::After(value);
                        }
                    }
                }
                Stage::After(_) | Stage::Wrong(_) => break,
            }
        }
        if let Stage::Inside(json) = &mut self.stage {
            news = json.news().map(ValueChunk::new);
        }
        news
    }

    /// What is wrong with the answer, if something is by now: there is no use in reading on.
    pub(super) fn check(&self) -> Result<()> {
        match &self.stage {
            Stage::Wrong(error) => Err(error.clone()),
            _ => Ok(()),
        }
    }

    /// Whether the end of the answer makes JSON of it that was not seen before.
    pub(super) fn ends_unseen(&self) -> bool {
        matches!(self.stage, Stage::Before(_))
    }

    /// The JSON of the whole answer.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::ContentFilter`] if the model refused, else [`ErrorKind::Parse`].
    pub(super) fn finish(mut self) -> Result<Value> {
        if !self.refusal.is_empty() {
            let refusal = format!("the model refused to answer: {}", self.refusal);
            return Err(Error::new(ErrorKind::ContentFilter, refusal));
        }
        let stage = mem::replace(&mut self.stage, Stage::Before(Lead::new()));
        match stage {
            Stage::After(value) => Ok(value),
            Stage::Wrong(error) => Err(error),
            Stage::Inside(json) => {
                json.finish().map_err(|wrong| self.wrong_at(self.text.len(), &wrong))
            }
            Stage::Before(lead) => lead.finish().ok_or_else(|| {
                let begins = head(&self.text);
                let what = match begins.is_empty() {
                    true => "the answer is empty, and should be JSON".to_owned(),
                    false => format!("there is no JSON in the answer: it begins `{begins}`"),
                };
                self.error(what)
            }),
        }
    }

    fn wrong_at(&self, at: usize, wrong: &str) -> Error {
        let (before, after) = self.text.split_at(at);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let near = format!("{}⟨here⟩{}", tail(before), head(after));
        self.error(format!(
            "the JSON in the answer is wrong at line {line}, column {column}: {wrong}; `{near}`"
        ))
    }

    fn error(&self, mut what: String) -> Error {
        if self.finish_reason == Some(FinishReason::Length) {
            what.push_str("; the answer was cut short: raise `max_tokens`");
        }
        Error::new(ErrorKind::Parse, what)
    }
}

/// The beginning of a text.
pub(super) fn head(text: &str) -> String {
    match text.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The end of a text.
fn tail(text: &str) -> String {
    match text.char_indices().rev().nth(EXCERPT - 1) {
        Some((start, _)) if start > 0 => format!("…{}", &text[start..]),
        _ => text.to_owned(),
    }
}
