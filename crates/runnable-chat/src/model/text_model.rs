//! The step that calls a text completion model, and the trait that its provider implements.

use std::{fmt, sync::Arc};

use runnable_core::{ChunkStream, Result, RunContext, Runnable, StepInfo};

use super::{
    ChatOptions,
    step_info::{about, about_answering},
};
use crate::{interceptor::intercepted_chunks, run_kind::LLM};

/// A request to a text completion model: the text to continue and the options.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TextRequest {
    /// The text to continue.
    pub prompt: String,
    /// The options of the call. Options that only chat models support, such as tools, are ignored.
    pub options: ChatOptions,
}

impl TextRequest {
    /// Creates a request to continue `prompt`.
    pub fn new(prompt: impl Into<String>, options: ChatOptions) -> Self {
        Self { prompt: prompt.into(), options }
    }
}

/// The backend of a text completion model. Implement this trait to add a provider.
///
/// To use a provider in chains, wrap it in a [`TextModel`]. Only [`run_name`](Self::run_name) and
/// [`stream`](Self::stream) are required.
#[doc(alias = "BaseLLM")]
pub trait TextProvider: fmt::Debug + Send + Sync + 'static {
    /// Returns the name of the model's runs, such as `OpenAI`.
    #[doc(alias = "_llm_type")]
    fn run_name(&self) -> &str;

    /// Returns the provider's name for tracing tools, such as `openai`.
    ///
    /// The metadata of the model's runs contains this name as `ls_provider`.
    #[doc(alias = "ls_provider")]
    fn provider(&self) -> Option<&str> {
        None
    }

    /// Returns the name of the model. The metadata of the model's runs contains this name as
    /// `ls_model_name`.
    #[doc(alias = "ls_model_name")]
    fn model(&self) -> Option<&str> {
        None
    }

    /// Returns whether the provider streams its text. The default is `true`.
    ///
    /// If the provider does not stream, the text is a single chunk, and there is no event for this
    /// chunk.
    #[doc(alias = "disable_streaming")]
    fn supports_streaming(&self) -> bool {
        true
    }

    /// Continues a text, and returns the continuation as a stream of chunks.
    ///
    /// The implementation must do nothing before the stream is polled, and must stop the model when
    /// the stream is dropped. If the service states a token usage, report it as
    /// [`USAGE_REPORT`](crate::metering::USAGE_REPORT).
    fn stream(&self, request: TextRequest, cx: RunContext) -> ChunkStream<String>;
}

/// A step that calls a text completion model of any provider. Its input is a text, and its output
/// is the continuation of the text.
///
/// A clone is a handle to the same model.
///
/// ```
/// use runnable_chat::{model::{TextModel, TextProvider, TextRequest}, prelude::*};
///
/// #[derive(Debug)]
/// struct Echo;
///
/// impl TextProvider for Echo {
///     fn run_name(&self) -> &str {
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
/// Returns the errors of the provider. If an option is invalid for every model, the step returns an
/// error of kind [`InvalidInput`](runnable_core::ErrorKind::InvalidInput), as a
/// [`ChatModel`](super::ChatModel) does.
#[doc(alias = "BaseLLM")]
#[derive(Clone, Debug)]
#[must_use = "a model does nothing until it is run"]
pub struct TextModel {
    provider: Arc<dyn TextProvider>,
    options: ChatOptions,
}

impl TextModel {
    /// Creates a model that sends its requests to `provider`.
    pub fn new(provider: impl TextProvider) -> Self {
        Self { provider: Arc::new(provider), options: ChatOptions::default() }
    }

    /// Replaces the provider with a provider that wraps it, and keeps the options.
    ///
    /// [`ChatModel::map_provider`](super::ChatModel::map_provider) has an example.
    pub fn map_provider<P: TextProvider>(
        self,
        wrap: impl FnOnce(Arc<dyn TextProvider>) -> P,
    ) -> Self {
        Self { provider: Arc::new(wrap(self.provider)), options: self.options }
    }

    /// Sets the options of all calls, for example `ChatOptions::new().max_tokens(20)`.
    #[doc(alias = "bind")]
    pub fn with_options(mut self, options: ChatOptions) -> Self {
        self.options = options;
        self
    }

    /// Returns the name of the model, if the provider knows it.
    #[doc(alias = "model_name")]
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
            Ok(()) => intercepted_chunks(&cx, &prompt).unwrap_or_else(|| {
                self.provider.stream(TextRequest::new(prompt, self.options.clone()), cx)
            }),
            Err(error) => ChunkStream::error(error),
        }
    }

    fn info(&self) -> StepInfo {
        let provider = &self.provider;
        let info = about(LLM, provider.run_name(), provider.provider(), provider.model());
        about_answering(info, "llm", provider.supports_streaming(), &self.options)
    }
}
