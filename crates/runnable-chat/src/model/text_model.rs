//! A model that completes text, as a step.

use std::{fmt, sync::Arc};

use runnable_core::{ChunkStream, Result, RunContext, Runnable, StepInfo};

use super::{
    ChatOptions,
    step_info::{about, about_answering},
};
use crate::run_kind::LLM;

/// One call of a text model.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TextRequest {
    /// The text to go on with.
    pub prompt: String,
    /// What is asked besides. What only a chat model knows, such as tools, says nothing here.
    pub options: ChatOptions,
}

impl TextRequest {
    /// A call with this text and these options.
    pub fn new(prompt: impl Into<String>, options: ChatOptions) -> Self {
        Self { prompt: prompt.into(), options }
    }
}

/// A model that completes text, as the author of a provider writes it. Its users have a
/// [`TextModel`], made of it.
///
/// As with a [`ChatProvider`](super::ChatProvider), there is one method for the answer, and it
/// streams.
pub trait TextProvider: fmt::Debug + Send + Sync + 'static {
    /// What runs of the model are called, such as `OpenAI`.
    fn run_name(&self) -> &str;

    /// The provider, as tracing tools know it (`ls_provider`), such as `openai`.
    fn provider(&self) -> Option<&str> {
        None
    }

    /// The name of the model (`ls_model_name`).
    fn model(&self) -> Option<&str> {
        None
    }

    /// Whether the text comes in pieces as it is made. One that comes all at once has no event for
    /// the one chunk that it comes in.
    fn supports_streaming(&self) -> bool {
        true
    }

    /// Goes on with a text. Nothing happens before the stream is polled, and dropping it stops the
    /// model.
    fn stream(&self, request: TextRequest, cx: RunContext) -> ChunkStream<String>;
}

/// A model that completes text, of any provider: a step from text to what may follow it.
///
/// A clone is a handle on the same model.
///
/// ```
/// use runnable_chat::{model::{TextModel, TextProvider, TextRequest}, prelude::*};
///
/// #[derive(Debug)]
/// struct Echo;
///
/// impl TextProvider for Echo {
///     fn name(&self) -> &str {
///         "Echo"
///     }
///
///     fn stream(&self, request: TextRequest, _: RunContext) -> ChunkStream<String> {
///         ChunkStream::once(request.prompt)
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// assert_eq!(TextModel::new(Echo).invoke("once upon").await?, "once upon");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Those of its provider, and of options that no model can follow, as with a
/// [`ChatModel`](super::ChatModel).
#[doc(alias = "BaseLLM")]
#[derive(Clone, Debug)]
#[must_use = "a model does nothing until it is run"]
pub struct TextModel {
    provider: Arc<dyn TextProvider>,
    options: ChatOptions,
}

impl TextModel {
    /// The model of this provider.
    pub fn new(provider: impl TextProvider) -> Self {
        Self { provider: Arc::new(provider), options: ChatOptions::default() }
    }

    /// What is asked besides: `ChatOptions::new().max_tokens(20)`.
    pub fn with_options(mut self, options: ChatOptions) -> Self {
        self.options = options;
        self
    }

    /// The name of the model, if its provider knows it.
    pub fn model(&self) -> Option<&str> {
        self.provider.model()
    }
}

impl Runnable for TextModel {
    type Input = String;
    type Output = String;

    async fn run(&self, prompt: String, cx: RunContext) -> Result<String> {
        self.run_stream(prompt, cx).concat().await
    }

    fn run_stream(&self, prompt: String, cx: RunContext) -> ChunkStream<String> {
        match self.options.check() {
            Ok(()) => self.provider.stream(TextRequest::new(prompt, self.options.clone()), cx),
            Err(error) => ChunkStream::error(error),
        }
    }

    fn info(&self) -> StepInfo {
        let provider = &self.provider;
        let info = about(LLM, provider.run_name(), provider.provider(), provider.model());
        about_answering(info, "llm", provider.supports_streaming())
    }
}
