//! The engine: a model file that is loaded once, and the answers it generates step by step.

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

/// How many tokens of a prompt are computed at once: enough to read each weight seldom, few enough
/// to report progress and to notice a cancellation.
const CHUNK: usize = 32;

/// A loaded model. Clones are handles on the same weights.
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
    /// Refuses a file whose architecture this engine does not have, before more of it is read.
    pub(crate) fn check(gguf: &Gguf) -> Result<(), LocalError> {
        Shape::read(gguf).map(drop)
    }

    /// Loads a GGUF file.
    pub(crate) fn load(gguf: &Gguf) -> Result<Self, LocalError> {
        let path = gguf.path();
        // What files say of their own name is often that of an experiment.
        let name = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        // What is quick to refuse is refused before the weights are read.
        let shape = Shape::read(gguf)?;
        let tokenizer = Tokenizer::new(gguf)?;
        let llama = Llama::load(gguf, shape)?;
        let (path, context) = (path.to_owned(), llama.shape().context);
        Ok(Self { inner: Arc::new(Inner { path, name, llama, tokenizer }), context })
    }

    /// The same model, with a prompt and its answer bounded to `limit` tokens together.
    pub(crate) fn bounded(self, limit: usize) -> Self {
        Self { context: self.context.min(limit), ..self }
    }

    /// The name of the file, without its ending.
    pub(crate) fn name(&self) -> &str {
        &self.inner.name
    }

    /// How many tokens a prompt and its answer may have together.
    pub(crate) fn context_length(&self) -> usize {
        self.context
    }

    /// The vocabulary of the model.
    pub(crate) fn tokenizer(&self) -> &Tokenizer {
        &self.inner.tokenizer
    }

    /// Begins an answer to a prompt. Nothing is computed yet.
    ///
    /// The answer ends when the model ends it, before the first of the `stop` strings in it, after
    /// `max_tokens` tokens, or when the context is full.
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

/// An answer in the making.
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

/// What the next step starts from.
enum Next {
    /// The prompt, of which this many tokens have been seen.
    Prompt(usize),
    /// The scores of the next token.
    Scores(Vec<f32>),
    /// A token that has been let out, and that the model has not seen yet.
    Token(u32),
    /// Nothing: the answer is done.
    Done(StopReason),
}

/// What a step has brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Some more of the prompt has been seen.
    Prefilled {
        /// How many tokens of the prompt have been seen.
        done: usize,
        /// How many it has.
        total: usize,
    },
    /// Some more of the answer, never empty.
    Text(String),
    /// A token that shows no text yet: half a character, or what may be a stop string.
    Pending,
    /// The answer is complete.
    Done {
        /// Text that was held back until now; may be empty.
        rest: String,
        /// Why it ended.
        reason: StopReason,
        /// The tokens of the prompt.
        input_tokens: usize,
        /// The tokens that were generated, without the one that ends the answer.
        output_tokens: usize,
    },
}

/// Why an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StopReason {
    /// The model ended it, or a stop string did.
    Stop,
    /// It has as many tokens as it may have.
    Length,
}

impl Generation {
    /// Computes one chunk of the prompt or one token of the answer.
    ///
    /// After an error, a raised `cancel` among them, the same step can be tried again. After
    /// [`Step::Done`] the same is reported again, without text.
    pub(crate) fn next(&mut self, cancel: &AtomicBool) -> Result<Step, LocalError> {
        match self.next {
            Next::Prompt(seen) => self.prefill(seen, cancel),
            Next::Done(reason) => Ok(self.done(String::new(), reason)),
            Next::Scores(_) | Next::Token(_) => self.decode(cancel),
        }
    }

    fn prefill(&mut self, seen: usize, cancel: &AtomicBool) -> Result<Step, LocalError> {
        let total = self.prompt.len();
        let done = total.min(seen + CHUNK);
        let hidden = self.session.feed(self.prompt.get(seen..done).unwrap_or_default(), cancel)?;
        self.next = match done < total {
            true => Next::Prompt(done),
            false => Next::Scores(self.session.logits(&hidden)?),
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
            return Err(LocalError::broken(path, "its weights give no numbers"));
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
