//! The engine, with the chat template of its model.

use super::{
    request::prompt,
    template::{ChatTemplate, ChatTurn},
};
use crate::{
    engine::{Engine, Generation, Gguf, Sampling},
    error::LocalError,
};
use std::{fmt, path::Path, sync::Arc};

/// An engine together with the chat template of its model. Clones share the engine's weights and
/// the template.
#[derive(Clone)]
pub(crate) struct ChatEngine {
    engine: Engine,
    template: Arc<ChatTemplate>,
}

impl ChatEngine {
    /// Loads a GGUF file.
    pub(crate) fn load(path: &Path) -> Result<Self, LocalError> {
        let gguf = Gguf::open(path)?;
        // Check what can be checked quickly before the weights are read, which is slow.
        Engine::check(&gguf)?;
        let template = Arc::new(ChatTemplate::new(&gguf)?);
        Ok(Self { engine: Engine::load(&gguf)?, template })
    }

    /// Returns this engine with a limit: a prompt and its answer together have at most `limit`
    /// tokens.
    pub(crate) fn bounded(self, limit: usize) -> Self {
        Self { engine: self.engine.bounded(limit), ..self }
    }

    /// Returns the name of the model file without its extension.
    pub(crate) fn name(&self) -> &str {
        self.engine.name()
    }

    /// Returns the number of tokens of a conversation, up to the start of the answer.
    pub(crate) fn count(&self, turns: &[ChatTurn]) -> Result<usize, LocalError> {
        Ok(prompt(self.engine.tokenizer(), &self.template, turns)?.len())
    }

    /// Starts an answer to a conversation. This only converts the conversation to the tokens of the
    /// prompt. The model computes nothing yet.
    ///
    /// For the conditions that end the answer, see [`Engine::start`].
    pub(crate) fn start(
        &self,
        turns: &[ChatTurn],
        sampling: Sampling,
        max_tokens: Option<usize>,
        stop: &[String],
    ) -> Result<Generation, LocalError> {
        let prompt = prompt(self.engine.tokenizer(), &self.template, turns)?;
        self.engine.start(prompt, sampling, max_tokens, stop)
    }
}

impl fmt::Debug for ChatEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.engine.fmt(f)
    }
}
