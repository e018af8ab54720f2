//! Reads the JSON in an answer while the answer is streamed.

use std::mem;

use runnable_core::{Chunked, Error, ErrorKind, Result, ValueChunk};
use serde_json::Value;

use super::{
    json_start::{Found, Lead},
    partial::PartialJson,
};
use crate::{
    AiMessageChunk, FinishReason,
    excerpt::{head, tail},
    message::{BlockDelta, ContentBlock},
};

/// Parses the JSON in an answer while the answer is streamed. Each character is parsed once.
#[derive(Debug)]
pub(super) struct AnswerReader {
    /// The text of the answer so far, which errors quote.
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
    Invalid(Error),
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

    /// Reads a chunk of the answer. Returns the JSON so far, if the chunk changes it.
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
        let mut update = None;
        for (at, c) in text.char_indices() {
            match &mut self.stage {
                Stage::Before(lead) => match lead.push(c) {
                    Found::Nothing => (),
                    Found::Scalar(value) => {
                        update = Some(value.clone().into_chunk());
                        self.stage = Stage::After(value);
                    }
                    Found::Json => {
                        let mut json = PartialJson::new();
                        // This cannot fail, because `c` is a character that starts a value.
                        let _ = json.push(c);
                        self.stage = Stage::Inside(Box::new(json));
                    }
                },
                Stage::Inside(json) => {
                    if let Err(reason) = json.push(c) {
                        update = json.take_update().map(ValueChunk::new);
                        self.stage = Stage::Invalid(self.error_at(start + at, &reason));
                    } else if json.is_complete() {
                        update = json.take_update().map(ValueChunk::new);
                        let json = mem::replace(json, Box::new(PartialJson::new()));
                        // `finish` fails only for an incomplete document.
                        if let Ok(value) = json.finish() {
                            self.stage = Stage::After(value);
                        }
                    }
                }
                Stage::After(_) | Stage::Invalid(_) => break,
            }
        }
        if let Stage::Inside(json) = &mut self.stage {
            update = json.take_update().map(ValueChunk::new);
        }
        update
    }

    /// Returns the number of bytes of the answer that were read.
    pub(super) fn bytes_read(&self) -> usize {
        self.text.len()
    }

    /// Returns an error if the JSON so far is invalid. The caller can then stop reading.
    pub(super) fn check(&self) -> Result<()> {
        match &self.stage {
            Stage::Invalid(error) => Err(error.clone()),
            _ => Ok(()),
        }
    }

    /// Returns `true` if `finish` may return a value that `push` has not returned yet. This is
    /// possible if the answer is only a number or a word such as `true`, which is complete only
    /// when the answer ends.
    pub(super) fn ends_unseen(&self) -> bool {
        matches!(self.stage, Stage::Before(_))
    }

    /// Returns the JSON of the complete answer.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::ContentFilter`] if the model refused to answer, and
    /// [`ErrorKind::Parse`] if the answer does not contain valid JSON.
    pub(super) fn finish(mut self) -> Result<Value> {
        if !self.refusal.is_empty() {
            let refusal = format!("the model refused to answer: {}", self.refusal);
            return Err(Error::new(ErrorKind::ContentFilter, refusal));
        }
        let stage = mem::replace(&mut self.stage, Stage::Before(Lead::new()));
        match stage {
            Stage::After(value) => Ok(value),
            Stage::Invalid(error) => Err(error),
            Stage::Inside(json) => {
                json.finish().map_err(|reason| self.error_at(self.text.len(), &reason))
            }
            Stage::Before(lead) => lead.finish().ok_or_else(|| {
                let start = head(&self.text);
                let message = if start.is_empty() {
                    "expected JSON, but the model's answer is empty".to_owned()
                } else {
                    format!("no JSON found in the model's answer, which begins with `{start}`")
                };
                self.error(message)
            }),
        }
    }

    fn error_at(&self, at: usize, reason: &str) -> Error {
        let (before, after) = self.text.split_at(at);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let near = format!("{}⟨here⟩{}", tail(before), head(after));
        self.error(format!(
            "invalid JSON in the model's answer at line {line}, column {column}: {reason} (near \
             `{near}`)"
        ))
    }

    fn error(&self, mut message: String) -> Error {
        // The finish reason does not show which limit was reached: `max_tokens` or the context
        // window.
        if self.finish_reason == Some(FinishReason::Length) {
            message.push_str(
                "; the answer reached its token limit, so raise `max_tokens`, or shorten the \
                 prompt if the context window is full",
            );
        }
        Error::new(ErrorKind::Parse, message)
    }
}
