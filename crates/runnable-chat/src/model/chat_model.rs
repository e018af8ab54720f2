//! The step that calls a chat model.

use std::{future::ready, sync::Arc};

use futures_util::future::BoxFuture;
use runnable_core::{ChunkStream, Error, ErrorKind, Result, RunContext, Runnable, StepInfo};

use super::{
    ChatOptions, ChatProvider, ChatRequest,
    batches::BatchApi,
    options::option_setters,
    step_info::{about, about_answering},
};
use crate::{
    AiMessage, PromptValue,
    interceptor::{intercepted, intercepted_chunks},
    run_kind::CHAT_MODEL,
};

/// A step that calls a chat model of any provider. Its input is a [`PromptValue`], and its output
/// is an [`AiMessage`].
///
/// A clone is a handle to the same model. A setter changes the options of its handle only.
///
/// ```
/// # use runnable_chat::{model::{ChatProvider, ChatRequest}, prelude::*};
/// # async fn example(model: ChatModel) -> Result<()> {
/// let careful = model.clone().temperature(0.0).max_tokens(200);
/// let answer = careful.invoke("What is the capital of France?").await?;
///
/// println!("{} ({:?})", answer.text(), answer.usage);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Returns the errors of the provider. If an option is invalid for every model, such as a negative
/// temperature, the step returns an error of kind
/// [`InvalidInput`](runnable_core::ErrorKind::InvalidInput) without calling the provider.
#[doc(alias = "BaseChatModel")]
#[derive(Clone, Debug)]
#[must_use = "a model does nothing until it is run"]
pub struct ChatModel {
    provider: Arc<dyn ChatProvider>,
    options: ChatOptions,
}

impl ChatModel {
    /// Creates a model that sends its requests to `provider`.
    pub fn new(provider: impl ChatProvider) -> Self {
        Self { provider: Arc::new(provider), options: ChatOptions::default() }
    }

    /// Replaces the provider with a provider that wraps it, and keeps the options.
    ///
    /// Use this method to add something to every call of any model, such as a cache or a rate
    /// limit.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use runnable_chat::{model::{ChatProvider, ChatRequest}, prelude::*};
    ///
    /// /// Removes the options that limit the answers.
    /// #[derive(Debug)]
    /// struct Unlimited(Arc<dyn ChatProvider>);
    ///
    /// impl ChatProvider for Unlimited {
    ///     fn run_name(&self) -> &str {
    ///         self.0.run_name()
    ///     }
    ///
    ///     fn stream(&self, mut request: ChatRequest, cx: RunContext) -> ChunkStream<AiMessage> {
    ///         request.options.max_tokens = None;
    ///         self.0.stream(request, cx)
    ///     }
    /// }
    ///
    /// fn unlimited(model: ChatModel) -> ChatModel {
    ///     model.map_provider(Unlimited)
    /// }
    /// ```
    pub fn map_provider<P: ChatProvider>(
        self,
        wrap: impl FnOnce(Arc<dyn ChatProvider>) -> P,
    ) -> Self {
        Self { provider: Arc::new(wrap(self.provider)), options: self.options }
    }

    option_setters!(options_mut);

    fn options_mut(&mut self) -> &mut ChatOptions {
        &mut self.options
    }

    /// Replaces all options of this model.
    ///
    /// To set single options, use the setters such as [`temperature`](Self::temperature).
    #[doc(alias = "bind")]
    pub fn with_options(mut self, options: ChatOptions) -> Self {
        self.options = options;
        self
    }

    /// Returns the Batch API of the model, which answers many requests within a day, at about half
    /// the price. Its requests have the options of this model.
    ///
    /// # Errors
    ///
    /// - Returns [`Unsupported`](ErrorKind::Unsupported) if the service has no Batch API, or if this
    ///   library does not support it.
    /// - Returns [`InvalidInput`](ErrorKind::InvalidInput) if an option is invalid for every model.
    pub fn batch_api(&self) -> Result<BatchApi> {
        self.options.check()?;
        let Some(provider) = self.provider.batch_provider() else {
            let name = self.provider.provider().unwrap_or_else(|| self.provider.run_name());
            let message = format!(
                "the Batch API of `{name}` is not supported; call the model with `batch` instead"
            );
            return Err(Error::new(ErrorKind::Unsupported, message));
        };
        Ok(BatchApi::new(provider, self.options.clone()))
    }

    /// Returns the name of the model, if the provider knows it.
    #[doc(alias = "model_name")]
    pub fn model(&self) -> Option<&str> {
        self.provider.model()
    }

    /// Returns the number of input tokens of a prompt, as the provider counts them.
    ///
    /// The number includes the tools and the other options of this model. Returns `None` if the
    /// provider cannot count. The models of Anthropic, of OpenAI and of `providers-local` can. A
    /// service may limit how many counts it answers in a minute.
    ///
    /// ```
    /// use runnable_chat::prelude::*;
    ///
    /// async fn fits(model: &ChatModel, prompt: PromptValue) -> Result<bool> {
    ///     let tokens = model.count_tokens(prompt).await?;
    ///     Ok(tokens.is_none_or(|tokens| tokens <= 100_000))
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the error of the provider, such as the error of a request that failed.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the request. Nothing else is lost.
    #[doc(alias("get_num_tokens", "get_num_tokens_from_messages"))]
    pub fn count_tokens(
        &self,
        prompt: impl Into<PromptValue>,
    ) -> BoxFuture<'static, Result<Option<u64>>> {
        self.count_tokens_in(prompt, &RunContext::default())
    }

    /// Returns the number of input tokens of a prompt, as a part of the run of a step.
    ///
    /// Like [`count_tokens`](Self::count_tokens), but the failed attempts of the request are events
    /// of the run.
    pub fn count_tokens_in(
        &self,
        prompt: impl Into<PromptValue>,
        cx: &RunContext,
    ) -> BoxFuture<'static, Result<Option<u64>>> {
        match self.options.check() {
            Ok(()) => {
                let request = ChatRequest::new(prompt, self.options.clone()).without_streaming();
                self.provider.count_tokens(request, cx.clone())
            }
            Err(error) => Box::pin(ready(Err(error))),
        }
    }
}

impl Runnable for ChatModel {
    type Input = PromptValue;
    type Output = AiMessage;

    fn run(
        &self,
        prompt: PromptValue,
        cx: RunContext,
    ) -> impl Future<Output = Result<AiMessage>> + Send {
        match self.options.check() {
            Ok(()) => intercepted(&cx, &prompt).unwrap_or_else(|| {
                let request = ChatRequest::new(prompt, self.options.clone());
                self.provider.invoke(request.without_streaming(), cx)
            }),
            Err(error) => Box::pin(ready(Err(error))),
        }
    }

    fn run_stream(&self, prompt: PromptValue, cx: RunContext) -> ChunkStream<AiMessage> {
        match self.options.check() {
            Ok(()) => intercepted_chunks(&cx, &prompt).unwrap_or_else(|| {
                self.provider.stream(ChatRequest::new(prompt, self.options.clone()), cx)
            }),
            Err(error) => ChunkStream::error(error),
        }
    }

    fn info(&self) -> StepInfo {
        let provider = &self.provider;
        let info = about(CHAT_MODEL, provider.run_name(), provider.provider(), provider.model());
        about_answering(info, "chat", provider.supports_streaming(), &self.options)
    }
}
