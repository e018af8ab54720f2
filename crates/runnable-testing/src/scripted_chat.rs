//! A chat model that answers from a script.

use std::borrow::Cow;

use futures_util::stream;
use runnable_chat::{
    AiMessage, ChatModel, PromptValue,
    model::{ChatProvider, ChatRequest},
};
use runnable_core::{ChunkStream, Chunked, RunContext};

use crate::{
    ScriptedReply,
    script::{Script, script_setters},
};

/// A chat model that answers from a script, and remembers what it was asked.
///
/// Each call takes the next answer, in the order in which the calls are first polled. A call after
/// the last is an error that says so: what asks more often than it should is what a test is to
/// find. A model that may be asked any number of times has [`repeat_last`](Self::repeat_last).
///
/// A clone is a handle on the same script.
///
/// ```
/// use runnable_chat::prelude::*;
/// use runnable_testing::{ScriptedReply, ScriptedChatModel};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let script = ScriptedChatModel::new([ScriptedReply::complete("Paris"), ScriptedReply::words("No idea")]);
/// let model = script.to_model();
///
/// assert_eq!(model.invoke("Capital of France?").await?.text(), "Paris");
/// assert_eq!(model.invoke("Capital of Atlantis?").await?.text(), "No idea");
/// assert!(model.invoke("Capital of Mu?").await.is_err());
/// assert_eq!(script.prompts()[1].messages, [human("Capital of Atlantis?")]);
/// # Ok(())
/// # }
/// ```
#[doc(alias("GenericFakeChatModel", "FakeListChatModel"))]
#[derive(Clone, Debug)]
#[must_use = "a model does nothing until it is run"]
pub struct ScriptedChatModel {
    name: Cow<'static, str>,
    streams: bool,
    script: Script<ChatRequest>,
}

impl ScriptedChatModel {
    /// A model that gives these answers, one a call.
    pub fn new<A: Into<ScriptedReply>>(answers: impl IntoIterator<Item = A>) -> Self {
        let (name, script) = (Cow::Borrowed("ScriptedChatModel"), Script::new(answers));
        Self { name, streams: true, script }
    }

    /// Creates a model that answers each call by a function, in whatever order the calls come.
    ///
    /// A batch has no order in which its calls are made, and a program that decides what to ask next
    /// has no list of answers.
    ///
    /// ```
    /// use runnable_chat::prelude::*;
    /// use runnable_testing::ScriptedChatModel;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let script = ScriptedChatModel::from_fn(|call| call.prompt.text().to_uppercase());
    /// let shout = script.to_model().pipe(text());
    ///
    /// let answers = shout.batch(["a", "b"]).await;
    /// assert_eq!(answers.into_iter().collect::<Result<Vec<_>>>()?, ["A", "B"]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_fn<A: Into<ScriptedReply>>(
        answer: impl Fn(&ChatRequest) -> A + Send + Sync + 'static,
    ) -> Self {
        let (name, script) = (Cow::Borrowed("ScriptedChatModel"), Script::from_fn(answer));
        Self { name, streams: true, script }
    }

    script_setters!();

    /// This model as a step.
    pub fn to_model(&self) -> ChatModel {
        ChatModel::new(self.clone())
    }

    /// The prompts that it was given, in their order.
    pub fn prompts(&self) -> Vec<PromptValue> {
        self.requests().into_iter().map(|request| request.prompt).collect()
    }

    /// The calls that it got, in their order: prompts with their options.
    pub fn requests(&self) -> Vec<ChatRequest> {
        self.script.asked()
    }
}

impl ChatProvider for ScriptedChatModel {
    fn run_name(&self) -> &str {
        &self.name
    }

    fn supports_streaming(&self) -> bool {
        self.streams
    }

    fn stream(&self, request: ChatRequest, _: RunContext) -> ChunkStream<AiMessage> {
        let chunks = ChunkStream::new(self.script.answer(&*self.name, request));
        if self.streams {
            return chunks;
        }
        let whole = async { chunks.concat().await.map(AiMessage::into_chunk) };
        ChunkStream::new(stream::once(whole))
    }
}
