//! A step from text to text that answers from a script.

use std::borrow::Cow;

use futures_util::TryStreamExt;
use runnable_core::{ChunkStream, Context, Result, RunKind, Runnable, StepInfo};

use crate::{Answer, script::Script};

/// A step from text to text that answers from a script, and remembers what it was asked: a model
/// that completes text, or any step that streams it.
///
/// Its answers are taken as those of a [`ScriptedChat`](crate::ScriptedChat) are; of a chunk, the
/// text is given. Its runs are of the kind `llm`: their events are `on_llm_start`, ….
///
/// A clone is a handle on the same script.
///
/// ```
/// use runnable_core::prelude::*;
/// use runnable_testing::ScriptedText;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let model = ScriptedText::new(["a time"]);
/// let chain = lambda(|text: String| text.trim().to_owned()).pipe(model.clone());
///
/// assert_eq!(chain.invoke(" once upon ").await?, "a time");
/// assert_eq!(model.prompts(), ["once upon"]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a chain does nothing until it is run"]
pub struct ScriptedText {
    name: Cow<'static, str>,
    script: Script<String>,
}

impl ScriptedText {
    /// A step that gives these answers, one a call.
    pub fn new<A: Into<Answer>>(answers: impl IntoIterator<Item = A>) -> Self {
        Self { name: Cow::Borrowed("ScriptedText"), script: Script::new(answers) }
    }

    /// What runs of the step are called, instead of `ScriptedText`.
    pub fn named(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = name.into();
        self
    }

    /// Gives the last answer again and again.
    pub fn repeat_last(self) -> Self {
        self.script.repeat_last();
        self
    }

    /// The texts that it was given, in their order.
    pub fn prompts(&self) -> Vec<String> {
        self.script.asked()
    }
}

impl Runnable for ScriptedText {
    type Input = String;
    type Output = String;

    async fn run(&self, text: String, cx: Context) -> Result<String> {
        self.run_stream(text, cx).gather().await
    }

    fn run_stream(&self, text: String, _: Context) -> ChunkStream<String> {
        let answer = self.script.answer(&*self.name, text);
        ChunkStream::new(answer.map_ok(|chunk| chunk.text().into_owned()))
    }

    fn info(&self) -> StepInfo {
        StepInfo::new(self.name.clone()).kind(RunKind::new("llm")).streams_when_watched()
    }
}
