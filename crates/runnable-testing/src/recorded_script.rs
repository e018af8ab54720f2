//! Reads the answers of a recording, for a scripted model.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use runnable_chat::{AiMessage, model::ChatRequest};
use runnable_core::{Error, ErrorKind, Result};
use runnable_events::{RecordedData, RecordedEvent, Recording, ValueDiff};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::ScriptedReply;

/// The recorded answers of chat models, in the order in which the calls started.
#[derive(Debug, Default)]
pub(crate) struct RecordedScript {
    answers: Mutex<Vec<RecordedReply>>,
}

#[derive(Clone, Debug, Default)]
struct RecordedReply {
    /// The prompt. `None` if it was not recorded.
    prompt: Option<Value>,
    reply: Option<ScriptedReply>,
    chunks: Vec<Value>,
    is_served: bool,
}

impl RecordedScript {
    /// Reads the answers of all chat models of a recording.
    pub(crate) fn of(recording: &Recording) -> Result<Self> {
        let (mut answers, mut known) = (Vec::new(), HashMap::new());
        for event in recording.events().iter().filter(|event| event.kind == "chat_model") {
            let index = *known.entry(&*event.run_id).or_insert_with(|| {
                answers.push(RecordedReply::default());
                answers.len() - 1
            });
            if let Some(answer) = answers.get_mut(index) {
                answer.add(event)?;
            }
        }
        if answers.is_empty() {
            let message = "the recording has no run of a chat model; record a chain with a model";
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        Ok(Self { answers: Mutex::new(answers) })
    }

    /// Returns the first answer to this prompt that was not served yet.
    pub(crate) fn answer(&self, request: &ChatRequest) -> ScriptedReply {
        let prompt = match serde_json::to_value(&request.prompt) {
            Ok(prompt) => prompt,
            Err(error) => return ScriptedReply::error(Error::other(error)),
        };
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let is_same = |answer: &RecordedReply| answer.prompt.as_ref().is_none_or(|p| *p == prompt);
        let open = answers.iter_mut().filter(|answer| !answer.is_served);
        let Some(answer) = open.into_iter().find(|answer| is_same(answer)) else {
            return ScriptedReply::error(mismatch(&answers, &prompt));
        };
        answer.is_served = true;
        answer.reply.clone().unwrap_or_else(|| {
            let message = "the recording has no answer to this prompt; record a complete call";
            ScriptedReply::error(Error::new(ErrorKind::ReplayMismatch, message))
        })
    }
}

impl RecordedReply {
    fn add(&mut self, event: &RecordedEvent) -> Result<()> {
        match &event.data {
            RecordedData::Start { input, .. } => self.prompt = input.clone(),
            RecordedData::Chunk { chunk, .. } => self.chunks.push(chunk.clone()),
            RecordedData::End { input, output, .. } => {
                self.prompt = self.prompt.take().or_else(|| input.clone());
                self.reply = match output {
                    Some(output) if self.chunks.is_empty() => {
                        Some(read::<AiMessage>(output)?.into())
                    }
                    _ => Some(self.chunked()?),
                };
            }
            RecordedData::Error { error, partial, .. } => {
                if let (true, Some(partial)) = (self.chunks.is_empty(), partial) {
                    self.chunks.push(partial.clone());
                }
                let count = self.chunks.len();
                self.reply = Some(self.chunked()?.error_after(count, error.to_error()));
            }
            _ => {}
        }
        Ok(())
    }

    fn chunked(&self) -> Result<ScriptedReply> {
        let chunks = self.chunks.iter().map(read).collect::<Result<Vec<_>>>()?;
        Ok(ScriptedReply::message_chunks(chunks))
    }
}

fn mismatch(answers: &[RecordedReply], prompt: &Value) -> Error {
    let expected = answers.iter().find(|answer| !answer.is_served);
    let diff = expected.and_then(|answer| ValueDiff::between(answer.prompt.as_ref()?, prompt));
    let message = match diff {
        Some(diff) => format!("the prompt differs from the recorded prompt\n{diff}"),
        None => {
            let count = answers.len();
            format!(
                "the recording has no further answer of a chat model (served {count}); record the \
                 chain again"
            )
        }
    };
    Error::new(ErrorKind::ReplayMismatch, message)
}

fn read<T: DeserializeOwned>(value: &Value) -> Result<T> {
    serde_json::from_value(value.clone()).map_err(|error| {
        let message = format!("failed to read an answer of the recording: {error}");
        Error::new(ErrorKind::InvalidInput, message)
    })
}
