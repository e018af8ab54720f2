//! The trait that the provider of a chat model implements.

use std::{fmt, sync::Arc};

use futures_util::future::{BoxFuture, ready};
use runnable_core::{ChunkStream, Result, RunContext};

use super::{batches::BatchProvider, chat_request::ChatRequest};
use crate::AiMessage;

/// The backend of a chat model. Implement this trait to add a provider.
///
/// To use a provider in chains, wrap it in a [`ChatModel`](crate::ChatModel).
///
/// Only [`run_name`](Self::run_name) and [`stream`](Self::stream) are required. The default
/// implementation of [`invoke`](Self::invoke) merges the chunks of the stream, so both methods
/// return the same answer.
///
/// ```
/// use runnable_chat::{model::{ChatProvider, ChatRequest}, prelude::*};
///
/// #[derive(Debug)]
/// struct Echo;
///
/// impl ChatProvider for Echo {
///     fn run_name(&self) -> &str {
///         "Echo"
///     }
///
///     fn stream(&self, request: ChatRequest, _: RunContext) -> ChunkStream<AiMessage> {
///         let last = request.prompt.messages.last().map(Message::text);
///         ChunkStream::once(AiMessage::new(last.unwrap_or_default()))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let model = ChatModel::new(Echo);
/// assert_eq!(model.invoke("hello").await?.text(), "hello");
/// # Ok(())
/// # }
/// ```
#[doc(alias = "BaseChatModel")]
pub trait ChatProvider: fmt::Debug + Send + Sync + 'static {
    /// Returns the name of the model's runs, such as `ChatOpenAI`.
    #[doc(alias = "_llm_type")]
    fn run_name(&self) -> &str;

    /// Returns the provider's name for tracing tools, such as `openai`.
    ///
    /// The metadata of the model's runs contains this name as `ls_provider`.
    #[doc(alias = "ls_provider")]
    fn provider(&self) -> Option<&str> {
        None
    }

    /// Returns the name of the model, such as `gpt-4o-mini`.
    ///
    /// The metadata of the model's runs contains this name as `ls_model_name`.
    #[doc(alias = "ls_model_name")]
    fn model(&self) -> Option<&str> {
        None
    }

    /// Returns whether the provider streams its answers. The default is `true`.
    ///
    /// If the provider does not stream, an answer is a single chunk, and there is no event for this
    /// chunk.
    #[doc(alias = "disable_streaming")]
    fn supports_streaming(&self) -> bool {
        true
    }

    /// Returns everything that the model sees of this request, and the service that it is sent to.
    ///
    /// Caches of answers compare these bytes: two requests with equal bytes get the same answer.
    /// They must not contain a key or another secret, and must not depend on
    /// [`ChatRequest::streaming`]. The default is `None`: a cache then uses the names of this
    /// provider, the messages and the options. Implement this method if answers also depend on
    /// settings that are neither in the names nor in the request, such as the address of a service.
    fn request_key(&self, _request: &ChatRequest) -> Option<Vec<u8>> {
        None
    }

    /// Returns the Batch API of the service for this model, if there is one. The default is `None`.
    ///
    /// A provider that wraps another provider, and changes neither the requests nor the answers,
    /// returns the Batch API of the wrapped provider. If it changes them, the default is correct,
    /// because requests of a batch do not pass through it.
    fn batch_provider(&self) -> Option<Arc<dyn BatchProvider>> {
        None
    }

    /// Counts the input tokens of a request, without answering it.
    ///
    /// The number includes everything that the model would read, such as the definitions of tools.
    /// The default returns `None`: the provider cannot count. A provider that wraps another provider
    /// passes the request on.
    #[doc(alias("get_num_tokens", "get_num_tokens_from_messages"))]
    fn count_tokens(
        &self,
        _request: ChatRequest,
        _cx: RunContext,
    ) -> BoxFuture<'static, Result<Option<u64>>> {
        Box::pin(ready(Ok(None)))
    }

    /// Answers a conversation, and returns the answer as a stream of chunks.
    ///
    /// The implementation must do nothing before the stream is polled, and must stop the model when
    /// the stream is dropped.
    #[doc(alias("_stream", "_astream"))]
    fn stream(&self, request: ChatRequest, cx: RunContext) -> ChunkStream<AiMessage>;

    /// Answers a conversation, and returns the complete answer.
    ///
    /// [`ChatModel`](crate::ChatModel) calls this method with a request
    /// [`without_streaming`](ChatRequest::without_streaming). The default implementation merges the
    /// chunks of [`stream`](Self::stream). Implement this method if the provider can return a
    /// complete answer directly, or if this provider wraps another provider.
    #[doc(alias("_generate", "_agenerate"))]
    fn invoke(
        &self,
        request: ChatRequest,
        cx: RunContext,
    ) -> BoxFuture<'static, Result<AiMessage>> {
        Box::pin(self.stream(request, cx).concat())
    }
}
