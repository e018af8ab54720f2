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

/// The engine, with the chat template of its model. Clones share both.
#[derive(Clone)]
pub(crate) struct ChatEngine {
    engine: Engine,
    template: Arc<ChatTemplate>,
}

impl ChatEngine {
    /// Loads a GGUF file.
    pub(crate) fn load(path: &Path) -> Result<Self, LocalError> {
        let gguf = Gguf::open(path)?;
        // Check everything that is fast to check before the weights are read.
        Engine::check(&gguf)?;
        let template = Arc::new(ChatTemplate::new(&gguf)?);
        Ok(Self { engine: Engine::load(&gguf)?, template })
    }

    /// Limits a prompt and its answer to `limit` tokens together.
    pub(crate) fn bounded(self, limit: usize) -> Self {
        Self { engine: self.engine.bounded(limit), ..self }
    }

    /// Returns the name of the file without its extension.
    pub(crate) fn name(&self) -> &str {
        self.engine.name()
    }

    /// Starts an answer to a conversation. This computes only the tokens of the prompt.
    ///
    /// The answer ends as described at [`Engine::start`].
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
