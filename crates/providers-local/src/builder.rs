//! Builds and loads a model.

use std::path::PathBuf;

use futures_util::FutureExt;
use runnable_chat::ChatModel;
use runnable_core::Result;

use crate::{
    chat::{ChatEngine, Lazy, Local, offload},
    error::LocalError,
    fetch::{locate, wanted},
};

/// The default context length in tokens.
///
/// With the default model, each token takes 46 KB of memory. The full context of that model would
/// therefore take twice as much memory as the model itself.
const DEFAULT_CONTEXT: usize = 4096;

/// A builder for a model that runs in-process. Created by [`local`].
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

/// Creates a builder for a model that runs in-process. By default, the builder uses the file that
/// `RUNNABLE_LOCAL_MODEL` names, or the default model if the variable is not set.
///
/// ```
/// let model = providers_local::local().build(); // Nothing is loaded before the first call.
/// ```
pub fn local() -> LocalBuilder {
    LocalBuilder { path: None, context_length: DEFAULT_CONTEXT }
}

impl LocalBuilder {
    /// Sets the path of the model file.
    pub fn path(mut self, path: impl Into<PathBuf>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Sets the context length: the maximum number of tokens of a prompt and its answer together.
    /// The default is 4096. The context length limits the memory that a call uses. If it exceeds
    /// the model's own limit, the model's limit applies.
    pub fn context_length(mut self, tokens: usize) -> Self {
        self.context_length = tokens;
        self
    }

    /// Finds the model file, or downloads the default model if necessary, and loads the file.
    ///
    /// Unless options are set on the [`ChatModel`], it samples with a temperature of 0.7, a top-p
    /// of 0.95 and a random seed, until the answer ends or the context is full.
    ///
    /// # Errors
    ///
    /// Returns an error in the cases that the [error table of this crate](crate#errors) lists.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, a running download stops and leaves no files behind.
    pub async fn load(self) -> Result<ChatModel> {
        Ok(ChatModel::new(self.open().await?))
    }

    /// Returns a model immediately. The first call of the model finds and loads the file in the
    /// same way as [`load`](Self::load).
    ///
    /// If loading fails, the call returns the error, and the next call tries to load the file
    /// again.
    pub fn build(self) -> ChatModel {
        ChatModel::new(Lazy::new(self.name(), move || self.clone().open().boxed()))
    }

    /// Returns the name of the model file without its extension.
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
