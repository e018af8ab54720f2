//! The engine: loads a model file once, and generates answers step by step.

use super::{
    detokenizer::{StopWords, Utf8Decoder},
    gguf::Gguf,
    llama::{Llama, Session, Shape},
    sampler::{Sampler, Sampling},
    tokenizer::Tokenizer,
};
use crate::error::LocalError;
use std::{
    fmt,
    path::PathBuf,
    sync::{Arc, atomic::AtomicBool},
};

/// The number of prompt tokens that are computed in one step. The number is large enough that each
/// weight is rarely read again, and small enough that a cancellation is noticed soon.
const CHUNK_TOKENS: usize = 32;

/// A loaded model. Clones share the weights.
#[derive(Clone)]
pub(crate) struct Engine {
    inner: Arc<Inner>,
    context: usize,
}

struct Inner {
    path: PathBuf,
    name: String,
    llama: Llama,
    tokenizer: Tokenizer,
}

impl Engine {
    /// Returns an error if this engine does not support the architecture of the file. It reads only
    /// the header, so it can be called before the rest of the file is read.
    pub(crate) fn check(gguf: &Gguf) -> Result<(), LocalError> {
        Shape::read(gguf).map(drop)
    }

    /// Loads a GGUF file.
    pub(crate) fn load(gguf: &Gguf) -> Result<Self, LocalError> {
        let path = gguf.path();
        // Use the file name, because the name in the metadata is often the name of an experiment.
        let name = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        // Check what can be checked quickly before the weights are read, which is slow.
        let shape = Shape::read(gguf)?;
        let tokenizer = Tokenizer::new(gguf)?;
        let llama = Llama::load(gguf, shape)?;
        let (path, context) = (path.to_owned(), llama.shape().context);
        Ok(Self { inner: Arc::new(Inner { path, name, llama, tokenizer }), context })
    }

    /// Returns this engine with a limit: a prompt and its answer together have at most `limit`
    /// tokens.
    pub(crate) fn bounded(self, limit: usize) -> Self {
        Self { context: self.context.min(limit), ..self }
    }

    /// Returns the name of the model file without its extension.
    pub(crate) fn name(&self) -> &str {
        &self.inner.name
    }

    /// Returns the maximum number of tokens of a prompt and its answer together.
    pub(crate) fn context_length(&self) -> usize {
        self.context
    }

    /// Returns the vocabulary of the model.
    pub(crate) fn tokenizer(&self) -> &Tokenizer {
        &self.inner.tokenizer
    }

    /// Starts an answer to a prompt. This does not compute anything yet.
    ///
    /// The answer ends when the model generates an end token, before the first stop string in
    /// `stop`, after `max_tokens` tokens, or when the context is full.
    pub(crate) fn start(
        &self,
        prompt: Vec<u32>,
        sampling: Sampling,
        max_tokens: Option<usize>,
        stop: &[String],
    ) -> Result<Generation, LocalError> {
        let limit = self.context_length().saturating_sub(1);
        if prompt.len() > limit {
            return Err(LocalError::PromptTooLong { tokens: prompt.len(), limit });
        }
        let room = self.context_length() - prompt.len();
        Ok(Generation {
            engine: self.clone(),
            session: self.inner.llama.session(),
            limit: max_tokens.unwrap_or(room).min(room),
            prompt,
            next: Next::Prompt(0),
            sampler: Sampler::new(sampling),
            decoder: Utf8Decoder::default(),
            stops: StopWords::new(stop),
            generated: 0,
        })
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { path, name, .. } = &*self.inner;
        formatter.debug_struct("Engine").field("path", path).field("name", name).finish()
    }
}

/// An answer that is being generated.
pub(crate) struct Generation {
    engine: Engine,
    session: Session,
    pub(super) prompt: Vec<u32>,
    next: Next,
    sampler: Sampler,
    decoder: Utf8Decoder,
    stops: StopWords,
    limit: usize,
    generated: usize,
}

/// What the next step of a generation works on.
enum Next {
    /// The prompt. The field is the number of its tokens that have been processed.
    Prompt(usize),
    /// The scores from which the next token is selected.
    Scores(Vec<f32>),
    /// A token whose text was returned, but which the model has not processed yet.
    Token(u32),
    /// Nothing, because the answer is complete. The field is the reason why it ended.
    Done(StopReason),
}

/// The result of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A part of the prompt was processed.
    Prefilled {
        /// The number of prompt tokens that were processed.
        done: usize,
        /// The number of prompt tokens.
        total: usize,
    },
    /// A part of the answer, which is never empty.
    Text(String),
    /// A token was generated, but its text is held back: it is a part of a character, or possibly
    /// the start of a stop string.
    Pending,
    /// The answer is complete.
    Done {
        /// The text that was held back until now. It may be empty.
        rest: String,
        /// The reason why the answer ended.
        reason: StopReason,
        /// The number of prompt tokens.
        input_tokens: usize,
        /// The number of generated tokens, without the token that ends the answer.
        output_tokens: usize,
    },
}

/// The reason why an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StopReason {
    /// The model ended the answer, or the answer reached a stop string.
    Stop,
    /// The answer reached the maximum number of tokens, or the context is full.
    Length,
}

impl Generation {
    /// Computes one chunk of the prompt or one token of the answer.
    ///
    /// After an error, including a cancellation, the same step can be repeated. After
    /// [`Step::Done`], the method returns [`Step::Done`] again, without text.
    pub(crate) fn next(&mut self, cancel: &AtomicBool) -> Result<Step, LocalError> {
        match self.next {
            Next::Prompt(seen) => self.prefill(seen, cancel),
            Next::Done(reason) => Ok(self.done(String::new(), reason)),
            Next::Scores(_) | Next::Token(_) => self.decode(cancel),
        }
    }

    fn prefill(&mut self, seen: usize, cancel: &AtomicBool) -> Result<Step, LocalError> {
        let total = self.prompt.len();
        let done = total.min(seen + CHUNK_TOKENS);
        let hidden = self.session.feed(self.prompt.get(seen..done).unwrap_or_default(), cancel)?;
        self.next = if done < total {
            Next::Prompt(done)
        } else {
            Next::Scores(self.session.logits(&hidden)?)
        };
        Ok(Step::Prefilled { done, total })
    }

    fn decode(&mut self, cancel: &AtomicBool) -> Result<Step, LocalError> {
        if self.generated >= self.limit {
            return Ok(self.finish(StopReason::Length));
        }
        if let Next::Token(token) = self.next {
            let hidden = self.session.feed(&[token], cancel)?;
            self.next = Next::Scores(self.session.logits(&hidden)?);
        }
        let scores = match &self.next {
            Next::Scores(scores) => scores.as_slice(),
            _ => &[],
        };
        let Inner { path, tokenizer, .. } = &*self.engine.inner;
        let Some(token) = self.sampler.choose(scores) else {
            return Err(LocalError::broken(path, "its weights produce NaN scores"));
        };
        if tokenizer.is_end(token) {
            return Ok(self.finish(StopReason::Stop));
        }
        self.generated += 1;
        self.next = Next::Token(token);
        let text = self.stops.push(&self.decoder.push(tokenizer.token_bytes(token)));
        if self.stops.stopped() {
            self.next = Next::Done(StopReason::Stop);
            return Ok(self.done(text, StopReason::Stop));
        }
        Ok(if text.is_empty() { Step::Pending } else { Step::Text(text) })
    }

    fn finish(&mut self, reason: StopReason) -> Step {
        self.next = Next::Done(reason);
        let tail = self.decoder.finish();
        let rest = self.stops.push(&tail) + &self.stops.finish();
        let reason = if self.stops.stopped() { StopReason::Stop } else { reason };
        self.done(rest, reason)
    }

    fn done(&self, rest: String, reason: StopReason) -> Step {
        let (input_tokens, output_tokens) = (self.prompt.len(), self.generated);
        Step::Done { rest, reason, input_tokens, output_tokens }
    }
}

impl fmt::Debug for Generation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Generation")
            .field("engine", &self.engine)
            .field("prompt_tokens", &self.prompt.len())
            .field("generated", &self.generated)
            .finish()
    }
}
