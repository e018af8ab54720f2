//! A scripted text completion model.

use std::borrow::Cow;

use futures_util::{TryStreamExt, stream};
use runnable_chat::{
    metering::USAGE_REPORT,
    model::{TextModel, TextProvider, TextRequest},
};
use runnable_core::{ChunkStream, RunContext};

use crate::{
    ScriptedReply,
    script::{Script, script_setters},
};

/// A text completion model for tests, which answers from a script and records its requests.
///
/// It takes answers from the script in the same way as a
/// [`ScriptedChatModel`](crate::ScriptedChatModel), and yields only the text of each chunk.
///
/// A clone is a handle to the same script.
///
/// ```
/// use runnable_core::prelude::*;
/// use runnable_testing::ScriptedTextModel;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let script = ScriptedTextModel::new(["a time"]);
/// let chain = lambda(|text: String| text.trim().to_owned()).pipe(script.to_model());
///
/// assert_eq!(chain.invoke(" once upon ").await?, "a time");
/// assert_eq!(script.prompts(), ["once upon"]);
/// # Ok(())
/// # }
/// ```
#[doc(alias("FakeListLLM", "FakeStreamingListLLM"))]
#[derive(Clone, Debug)]
#[must_use = "a model does nothing until it is run"]
pub struct ScriptedTextModel {
    name: Cow<'static, str>,
    streams: bool,
    script: Script<TextRequest>,
}

impl ScriptedTextModel {
    /// Creates a model with these answers, one per call.
    pub fn new<A: Into<ScriptedReply>>(answers: impl IntoIterator<Item = A>) -> Self {
        let (name, script) = (Cow::Borrowed("ScriptedTextModel"), Script::new(answers));
        Self { name, streams: true, script }
    }

    script_setters!();

    /// Returns a [`TextModel`] that answers from this script.
    pub fn to_model(&self) -> TextModel {
        TextModel::new(self.clone())
    }

    /// Returns the prompts of all requests, in order.
    pub fn prompts(&self) -> Vec<String> {
        self.requests().into_iter().map(|request| request.prompt).collect()
    }

    /// Returns all requests, in order. A request contains the prompt and the options.
    pub fn requests(&self) -> Vec<TextRequest> {
        self.script.requests()
    }
}

impl TextProvider for ScriptedTextModel {
    fn run_name(&self) -> &str {
        &self.name
    }

    fn supports_streaming(&self) -> bool {
        self.streams
    }

    fn stream(&self, request: TextRequest, cx: RunContext) -> ChunkStream<String> {
        let answer = self.script.answer(&*self.name, request);
        let chunks = ChunkStream::new(answer.map_ok(move |chunk| {
            if let Some(usage) = chunk.usage() {
                cx.emit_report(USAGE_REPORT, &usage);
            }
            chunk.text().into_owned()
        }));
        if self.streams { chunks } else { ChunkStream::new(stream::once(chunks.concat())) }
    }
}
