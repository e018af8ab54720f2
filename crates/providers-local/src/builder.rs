//! Loading a model.

use std::path::PathBuf;

use futures_util::FutureExt;
use runnable_chat::ChatModel;
use runnable_core::Result;

use crate::{
    chat::{ChatEngine, Lazy, Local, offload},
    error::LocalError,
    fetch::{locate, wanted},
};

/// How many tokens a conversation may have, unless more are asked for.
///
/// A token takes 46 KB of memory with the default model, so a whole context of it takes twice as
/// much as the model itself.
const CONTEXT: usize = 4096;

/// A model on this machine, to be loaded.
///
/// ```no_run
/// # use providers_local::local;
/// # use runnable_chat::prelude::*;
/// # async fn example() -> Result<()> {
/// let model = local().path("models/tinyllama.gguf").context_length(8192).load().await?;
/// let answer = model.temperature(0.2).invoke("What is a monad?").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it is built or loaded"]
pub struct LocalBuilder {
    path: Option<PathBuf>,
    context_length: usize,
}

/// Creates the builder of a model on this machine: the default model, or the one that
/// `RUNNABLE_LOCAL_MODEL` names.
///
/// ```
/// let model = providers_local::local().build(); // Nothing is loaded before the first call.
/// ```
pub fn local() -> LocalBuilder {
    LocalBuilder { path: None, context_length: CONTEXT }
}

impl LocalBuilder {
    /// The model in this file.
    pub fn path(mut self, path: impl Into<PathBuf>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// How many tokens a prompt and its answer may have together, as far as the model goes: 4096
    /// if it is not said. It bounds the memory of a call.
    pub fn context_length(mut self, tokens: usize) -> Self {
        self.context_length = tokens;
        self
    }

    /// Finds the file, fetching the default model if it is not there, and loads it.
    ///
    /// Where nothing else is asked of the [`ChatModel`], it answers with a temperature of 0.7 and a
    /// top-p of 0.95, each time with another seed, until it ends or the context is full.
    ///
    /// Dropping the future stops a fetch, which then leaves nothing behind.
    ///
    /// # Errors
    ///
    /// See [the crate's front page](crate#errors).
    pub async fn load(self) -> Result<ChatModel> {
        Ok(ChatModel::new(self.open().await?))
    }

    /// Returns the model. It is found and loaded when it is first called, as [`load`](Self::load) would.
    ///
    /// If that fails, the call returns the error, and the next call tries again.
    pub fn build(self) -> ChatModel {
        ChatModel::new(Lazy::new(self.name(), move || self.clone().open().boxed()))
    }

    /// The name of the file, without its ending.
    fn name(&self) -> String {
        let file = wanted(self.path.as_deref());
        let name = file.file_stem().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    async fn open(self) -> Result<Local> {
        let Self { path, context_length } = self;
        let load = move |cancel: &_| {
            let file = locate(path.as_deref(), cancel)?;
            Ok::<_, LocalError>(ChatEngine::load(&file)?.bounded(context_length))
        };
        Ok(Local::new(offload(load).await??))
    }
}

impl Default for LocalBuilder {
    fn default() -> Self {
        local()
    }
}
