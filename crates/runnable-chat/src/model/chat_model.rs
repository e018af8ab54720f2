//! A chat model as a step.

use std::{future::ready, sync::Arc};

use runnable_core::{ChunkStream, Result, RunContext, Runnable, StepInfo};

use super::{
    ChatOptions, ChatProvider, ChatRequest,
    options::option_setters,
    step_info::{about, about_answering},
};
use crate::{AiMessage, PromptValue, run_kind::CHAT_MODEL};

/// A chat model of any provider: a step from a [`PromptValue`] to an [`AiMessage`].
///
/// A clone is a handle on the same model; the setters make a handle with other options.
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
/// Those of its provider. Options that no model can follow, such as a negative temperature, are
/// refused as [`InvalidInput`](runnable_core::ErrorKind::InvalidInput) before the provider sees them.
#[doc(alias = "BaseChatModel")]
#[derive(Clone, Debug)]
#[must_use = "a model does nothing until it is run"]
pub struct ChatModel {
    provider: Arc<dyn ChatProvider>,
    options: ChatOptions,
}

impl ChatModel {
    /// The model of this provider.
    pub fn new(provider: impl ChatProvider) -> Self {
        Self { provider: Arc::new(provider), options: ChatOptions::default() }
    }

    option_setters!(options_mut);

    fn options_mut(&mut self) -> &mut ChatOptions {
        &mut self.options
    }

    /// All options at once.
    #[doc(alias = "bind")]
    pub fn with_options(mut self, options: ChatOptions) -> Self {
        self.options = options;
        self
    }

    /// The name of the model, if its provider knows it.
    pub fn model(&self) -> Option<&str> {
        self.provider.model()
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
            Ok(()) => {
                let request = ChatRequest::new(prompt, self.options.clone());
                self.provider.invoke(request.without_streaming(), cx)
            }
            Err(error) => Box::pin(ready(Err(error))),
        }
    }

    fn run_stream(&self, prompt: PromptValue, cx: RunContext) -> ChunkStream<AiMessage> {
        match self.options.check() {
            Ok(()) => self.provider.stream(ChatRequest::new(prompt, self.options.clone()), cx),
            Err(error) => ChunkStream::error(error),
        }
    }

    fn info(&self) -> StepInfo {
        let provider = &self.provider;
        let info = about(CHAT_MODEL, provider.run_name(), provider.provider(), provider.model());
        about_answering(info, "chat", provider.supports_streaming())
    }
}
