//! What a provider writes to be a chat model.

use std::{borrow::Cow, fmt};

use futures_util::future::BoxFuture;
use runnable_core::{ChunkStream, Result, RunContext};

use crate::{AiMessage, ChatOptions, PromptValue};

/// One call of a chat model.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ChatRequest {
    /// The conversation to answer.
    pub prompt: PromptValue,
    /// What is asked besides.
    pub options: ChatOptions,
    /// Whether somebody wants the answer in pieces as it is made. If not, it may come all at once,
    /// where that is cheaper or known better.
    pub streaming: bool,
}

impl ChatRequest {
    /// A call with this conversation and these options.
    pub fn new(prompt: impl Into<PromptValue>, options: ChatOptions) -> Self {
        Self { prompt: prompt.into(), options, streaming: true }
    }

    /// The same call, of which the answer may come all at once.
    #[must_use]
    pub fn without_streaming(mut self) -> Self {
        self.streaming = false;
        self
    }

    /// This call, in which every call of a tool and its result have an id. See
    /// [`PromptValue::with_call_ids`]; it copies nothing if all have one.
    #[must_use]
    pub fn with_call_ids(&self) -> Cow<'_, Self> {
        match self.prompt.with_call_ids() {
            Cow::Borrowed(_) => Cow::Borrowed(self),
            Cow::Owned(prompt) => {
                let (options, streaming) = (self.options.clone(), self.streaming);
                Cow::Owned(Self { prompt, options, streaming })
            }
        }
    }
}

/// A chat model, as the author of a provider writes it. Its users have a
/// [`ChatModel`](crate::ChatModel), made of it.
///
/// There is one method that has to be written for the answer, and it streams: an invoked model
/// gathers the stream, so the whole and the streamed answer cannot drift apart.
///
/// ```
/// use runnable_chat::{model::{ChatProvider, ChatRequest}, prelude::*};
///
/// #[derive(Debug)]
/// struct Echo;
///
/// impl ChatProvider for Echo {
///     fn name(&self) -> &str {
///         "Echo"
///     }
///
///     fn stream(&self, request: ChatRequest, _: RunContext) -> ChunkStream<AiMessage> {
///         let last = request.prompt.messages.last().map(Message::text);
///         ChunkStream::once(AiMessage::new(last.unwrap_or_default()))
///     }
/// }
///
/// let model = ChatModel::new(Echo);
/// ```
pub trait ChatProvider: fmt::Debug + Send + Sync + 'static {
    /// What runs of the model are called, such as `ChatOpenAI`.
    fn run_name(&self) -> &str;

    /// The provider, as tracing tools know it (`ls_provider`), such as `openai`.
    fn provider(&self) -> Option<&str> {
        None
    }

    /// The name of the model (`ls_model_name`), such as `gpt-4o-mini`.
    fn model(&self) -> Option<&str> {
        None
    }

    /// Whether the answer comes in pieces as it is made. One that comes all at once has no event
    /// for the one chunk that it comes in.
    fn supports_streaming(&self) -> bool {
        true
    }

    /// Answers a conversation. Nothing happens before the stream is polled, and dropping it stops
    /// the model.
    fn stream(&self, request: ChatRequest, cx: RunContext) -> ChunkStream<AiMessage>;

    /// Answers a conversation whose answer nobody wants in pieces: the request is one
    /// [at once](ChatRequest::without_streaming). It gathers the stream; a provider that gets such an answer
    /// in one piece may hand it on without the detour, and a wrapper calls what it wraps.
    fn invoke(
        &self,
        request: ChatRequest,
        cx: RunContext,
    ) -> BoxFuture<'static, Result<AiMessage>> {
        Box::pin(self.stream(request, cx).concat())
    }
}
