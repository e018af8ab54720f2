//! The answers of scripted models.

use std::time::Duration;

use futures_util::{Stream, StreamExt, stream};
use runnable_chat::{
    AiMessage, AiMessageChunk, FinishReason, Usage,
    message::{BlockChunk, ToolCallChunk},
};
use runnable_core::{Chunked, Error, Result};
use serde_json::Value;
use tokio::time::sleep;

/// An answer of a scripted model: its chunks, the delay before each chunk, and optionally an error.
///
/// A string converts into an answer that is streamed [word by word](Self::words).
///
/// ```
/// use std::time::Duration;
/// use runnable_chat::prelude::*;
/// use runnable_testing::{ScriptedReply, ScriptedChatModel};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let breaks = ScriptedReply::words("Hello brave new world")
///     .delay(Duration::from_millis(5))
///     .error_after(3, Error::new(ErrorKind::Connection, "the line is dead"));
///
/// let mut answer = ScriptedChatModel::new([breaks]).to_model().stream("hi");
/// assert_eq!(answer.next().await.unwrap().unwrap().text(), "Hello");
/// assert_eq!(answer.next().await.unwrap().unwrap().text(), " ");
/// assert_eq!(answer.next().await.unwrap().unwrap().text(), "brave");
/// assert_eq!(answer.next().await.unwrap().unwrap_err().kind(), ErrorKind::Connection);
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct ScriptedReply {
    chunks: Vec<AiMessageChunk>,
    /// The number of tool calls in the answer.
    calls: u32,
    /// The number of chunks before the error, and the error. `None` if the answer does not fail.
    failure: Option<(usize, Error)>,
    delay: Duration,
}

impl ScriptedReply {
    /// Creates an answer that is streamed word by word.
    ///
    /// Words and the spaces between them are separate chunks: `Hello`, ` `, `you`.
    pub fn words(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() {
            return Self::complete(text);
        }
        let words = text.split_inclusive(char::is_whitespace).flat_map(|word| {
            let (word, blank) = word.split_at(word.trim_end().len());
            [word, blank].into_iter().filter(|piece| !piece.is_empty())
        });
        Self::chunks(words)
    }

    /// Creates an answer that is streamed as one chunk.
    pub fn complete(text: impl Into<String>) -> Self {
        Self::chunks([text])
    }

    /// Creates an answer with these text chunks.
    pub fn chunks<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::message_chunks(texts.into_iter().map(AiMessageChunk::new))
    }

    /// Creates an answer with these message chunks. The chunks can contain tool calls, usage and
    /// other details.
    pub fn message_chunks(chunks: impl IntoIterator<Item = AiMessageChunk>) -> Self {
        let chunks = chunks.into_iter().collect();
        Self { chunks, calls: 0, failure: None, delay: Duration::ZERO }
    }

    /// Creates an answer that calls a tool.
    ///
    /// The call is streamed in two chunks: the name of the tool, then the arguments. The ID of the
    /// call is `call_1`. The calls that [`and_tool_call`](Self::and_tool_call) adds have the IDs
    /// `call_2`, `call_3` and so on. If you need other IDs, create the answer from an
    /// [`AiMessage`].
    ///
    /// ```
    /// use runnable_chat::prelude::*;
    /// use runnable_testing::{ScriptedReply, ScriptedChatModel};
    /// use serde_json::json;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let calls = ScriptedReply::tool_call("add", json!({"a": 1, "b": 2}));
    /// let model = ScriptedChatModel::new([calls, "It is 3.".into()]).to_model();
    ///
    /// let answer = model.invoke("What is 1 + 2?").await?;
    /// let expected = ToolCall::new("call_1", "add", json!({"a": 1, "b": 2}));
    /// assert_eq!(answer.tool_calls().collect::<Vec<_>>(), [&expected]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn tool_call(name: impl Into<String>, args: impl Into<Value>) -> Self {
        Self::message_chunks([]).and_tool_call(name, args)
    }

    /// Adds another tool call to the answer, for example to test parallel tool calls.
    pub fn and_tool_call(mut self, name: impl Into<String>, args: impl Into<Value>) -> Self {
        self.calls += 1;
        let (index, id) = (self.calls - 1, format!("call_{}", self.calls));
        let begin = ToolCallChunk::new("").with_id(id).with_name(name);
        let args = ToolCallChunk::new(args.into().to_string());
        self.chunks.push(AiMessageChunk::from(BlockChunk::tool_call(begin).with_index(index)));
        let args = AiMessageChunk::from(BlockChunk::tool_call(args).with_index(index));
        self.chunks.push(args.with_finish_reason(FinishReason::ToolCalls));
        self
    }

    /// Creates an answer that fails with `error` without any chunk.
    pub fn error(error: Error) -> Self {
        Self::message_chunks([]).error_after(0, error)
    }

    /// Sets the token usage. The last chunk of the answer contains it.
    ///
    /// If the answer has no chunks, a chunk without text is added.
    pub fn usage(mut self, usage: Usage) -> Self {
        let last = self.chunks.pop().unwrap_or_default();
        self.chunks.push(last.with_usage(usage));
        self
    }

    /// Makes the answer fail with `error` after `chunks` chunks, or at its end if it has fewer
    /// chunks.
    pub fn error_after(mut self, chunks: usize, error: Error) -> Self {
        self.failure = Some((chunks, error));
        self
    }

    /// Sets the delay before each chunk and before the error. The default is no delay.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    pub(crate) fn into_stream(self) -> impl Stream<Item = Result<AiMessageChunk>> + Send + 'static {
        let Self { chunks, calls: _, failure, delay } = self;
        let (count, error) = failure.map_or((usize::MAX, None), |(n, error)| (n, Some(error)));
        let items: Vec<_> = chunks.into_iter().take(count).map(Ok).chain(error.map(Err)).collect();
        stream::iter(items).then(move |item| async move {
            if !delay.is_zero() {
                sleep(delay).await;
            }
            item
        })
    }
}

impl From<&str> for ScriptedReply {
    fn from(text: &str) -> Self {
        Self::words(text)
    }
}

impl From<String> for ScriptedReply {
    fn from(text: String) -> Self {
        Self::words(text)
    }
}

/// Creates an answer that is streamed as one chunk, with all details of the message.
impl From<AiMessage> for ScriptedReply {
    fn from(message: AiMessage) -> Self {
        Self::message_chunks([message.into_chunk()])
    }
}
