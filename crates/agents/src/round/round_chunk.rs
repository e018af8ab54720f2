//! [`RoundChunk`]: a chunk of a round's output.

use runnable_chat::{AiMessage, AiMessageChunk, Message, ToolMessage};
use runnable_core::{Chunk, Chunked, Result};
use serde::Serialize;

use super::RoundOutput;

/// A chunk of a [`RoundOutput`].
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RoundChunk {
    /// The number of the round, counted from 1.
    pub number: u32,
    /// A chunk of the model's answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<AiMessageChunk>,
    /// The results of tool calls, in the order in which the tools completed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub results: Vec<ToolResult>,
    /// The IDs of the tool calls that need approval.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub awaiting: Vec<String>,
    /// The message that asks the model to correct its final answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correction: Option<Box<Message>>,
}

/// The result of a tool call in a [`RoundChunk`].
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ToolResult {
    /// The position of the call among the tool calls of the answer, counted from 0.
    pub index: usize,
    /// The message that the model reads, and the artifact for the program.
    pub message: ToolMessage,
}

impl RoundChunk {
    pub(crate) fn answer(number: u32, answer: AiMessageChunk) -> Self {
        Self { number, answer: Some(answer), ..Self::default() }
    }

    pub(crate) fn result(number: u32, index: usize, message: ToolMessage) -> Self {
        Self { number, results: vec![ToolResult { index, message }], ..Self::default() }
    }

    pub(crate) fn awaiting(number: u32, awaiting: Vec<String>) -> Self {
        Self { number, awaiting, ..Self::default() }
    }

    pub(crate) fn correction(number: u32, message: Box<Message>) -> Self {
        Self { number, correction: Some(message), ..Self::default() }
    }
}

impl Chunk for RoundChunk {
    type Whole = RoundOutput;

    fn merge(&mut self, next: Self) {
        self.number = next.number;
        self.answer.merge(next.answer);
        self.results.extend(next.results);
        self.awaiting.extend(next.awaiting);
        self.correction = next.correction.or(self.correction.take());
    }

    fn has_content(&self) -> bool {
        self.answer.has_content()
            || !self.results.is_empty()
            || !self.awaiting.is_empty()
            || self.correction.is_some()
    }
}

impl Chunked for RoundOutput {
    type Chunk = RoundChunk;

    fn into_chunk(self) -> RoundChunk {
        let results = self.results.into_iter().enumerate();
        RoundChunk {
            number: self.number,
            answer: self.answer.map(AiMessage::into_chunk),
            results: results.map(|(index, message)| ToolResult { index, message }).collect(),
            awaiting: self.awaiting,
            correction: self.correction.map(Box::new),
        }
    }

    fn from_chunk(chunk: RoundChunk) -> Result<Self> {
        let mut results = chunk.results;
        results.sort_by_key(|result| result.index);
        Ok(Self {
            number: chunk.number,
            answer: chunk.answer.map(AiMessage::from_chunk).transpose()?,
            results: results.into_iter().map(|result| result.message).collect(),
            awaiting: chunk.awaiting,
            correction: chunk.correction.map(|message| *message),
        })
    }
}
