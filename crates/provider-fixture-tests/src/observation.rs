//! What a call of a model returned.

use runnable_chat::{AiMessage, AiMessageChunk, ChatModel, PromptValue};
use runnable_core::{Chunk, Chunked, Error, Result, RunnableExt};
use serde_json::Value;

/// The result of a call: an answer, an error, or the start of an answer followed by an error.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Observation {
    /// The answer so far, or `None` if nothing was received.
    pub answer: Option<AiMessage>,
    /// The number of chunks with text, added up for all choices. `None` if no stream was requested.
    pub text_chunks: Option<usize>,
    /// The error, if the call failed.
    pub error: Option<Error>,
}

impl Observation {
    /// Calls the model once, with or without streaming, and records its answer or its error.
    pub async fn make(model: ChatModel, prompt: PromptValue, streamed: bool) -> Self {
        if streamed {
            Self::of_stream(model, prompt).await
        } else {
            Self::of_whole(model.invoke(prompt).await, None)
        }
    }

    /// Creates the observation of an error that occurred before the call.
    pub fn of_error(error: Error) -> Self {
        Self { answer: None, text_chunks: None, error: Some(error) }
    }

    fn of_whole(answer: Result<AiMessage>, text_chunks: Option<usize>) -> Self {
        match answer {
            Ok(answer) => Self { answer: Some(answer), text_chunks, error: None },
            Err(error) => Self { answer: None, text_chunks, error: Some(error) },
        }
    }

    async fn of_stream(model: ChatModel, prompt: PromptValue) -> Self {
        let mut stream = model.stream(prompt);
        let (mut all, mut text_chunks) = (None::<AiMessageChunk>, 0);
        let mut error = None;
        while let Some(chunk) = stream.next().await {
            match chunk {
                Ok(chunk) => {
                    text_chunks += texts(&chunk);
                    match &mut all {
                        Some(all) => all.merge(chunk),
                        None => all = Some(chunk),
                    }
                }
                Err(reason) => error = Some(reason),
            }
        }
        let Some(all) = all else {
            let answer = error.is_none().then(AiMessage::default);
            return Self { answer, text_chunks: Some(0), error };
        };
        let mut seen = Self::of_whole(AiMessage::from_chunk(all), Some(text_chunks));
        seen.error = seen.error.or(error);
        seen
    }

    /// Returns the names of the outcome, as in the expected results. If an error follows chunks
    /// without content, there are two names, because the error may count as an error before or
    /// during the output.
    pub(crate) fn outcomes(&self) -> &'static [&'static str] {
        match (&self.error, &self.answer) {
            (None, _) => &["message"],
            (Some(_), None) => &["error"],
            (Some(_), Some(answer)) if answer.content.is_empty() => &["error_midstream", "error"],
            (Some(_), Some(_)) => &["error_midstream"],
        }
    }

    /// Returns a description of the difference between two observations of the same response, or
    /// `None` if they are equal.
    pub(crate) fn difference(&self, other: &Self) -> Option<String> {
        let error = |seen: &Self| seen.error.as_ref().map(|error| (error.kind(), error.message()));
        if error(self) != error(other) {
            let text = |seen: &Self| error(seen).map_or("no error".into(), |(_, text)| text);
            return Some(format!("the error: {} and {}", text(self), text(other)));
        }
        if self.text_chunks != other.text_chunks {
            let (one, two) = (self.text_chunks, other.text_chunks);
            return Some(format!("the number of chunks with text: {one:?} and {two:?}"));
        }
        (self.answer != other.answer).then(|| {
            let json = |seen: &Self| serde_json::to_string(&seen.answer).unwrap_or_default();
            format!("the answer: {} and {}", json(self), json(other))
        })
    }
}

/// Returns the number of choices (answers to the same request) for which a chunk contains text.
fn texts(chunk: &AiMessageChunk) -> usize {
    let own = usize::from(!chunk.text().is_empty());
    // The other choices are accessible only in the JSON of a chunk. Serialize only chunks that may
    // contain other choices, because few chunks do.
    if own > 0 || !chunk.blocks().is_empty() {
        return own;
    }
    let json = serde_json::to_value(chunk).unwrap_or_default();
    let others = json["other_choices"].as_array().into_iter().flatten();
    others.filter(|choice| has_text(&choice["content"])).count()
}

fn has_text(content: &Value) -> bool {
    match content {
        Value::String(text) => !text.is_empty(),
        Value::Array(blocks) => blocks.iter().any(|block| has_text(&block["text"])),
        _ => false,
    }
}
