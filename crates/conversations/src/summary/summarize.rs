//! [`SummarizeMessages`]: a step that replaces the oldest messages with a summary.

use std::{fmt, sync::Arc};

use runnable_chat::{AiMessage, Message, PromptValue, text};
use runnable_core::{DynRunnable, Result, RunContext, Runnable, RunnableExt, StepInfo, Structure};
use serde_json::json;

use super::{
    cuts::cuts,
    known_summaries::KnownSummaries,
    request::{request, summary_message},
};
use crate::{
    messages::SizeLimit,
    tokens::{TokenCounter, TokenEstimate},
};

/// A step that replaces the oldest messages of a long conversation with a summary.
///
/// Its input and its output are a [`PromptValue`], so it can be piped to a model. A conversation
/// within the limit is not changed. In a longer one, a human message with the summary takes the
/// place of the oldest messages. System messages at the start remain. A tool call and its results
/// are replaced together.
///
/// The step cuts off more than it has to: by default, half of the limit remains. The summary is then
/// used until the conversation has grown to the limit again. At that point, the model summarizes the
/// old summary and the next part, so the size of a request is bounded. The summaries are kept in
/// memory. After a restart of the program, they are made again when they are needed.
///
/// The summary itself is not counted. Limit it with `max_tokens` of the model.
///
/// # Errors
///
/// Returns the error of the model that summarizes. To remove messages instead in this case, use
/// `summarize.with_fallback(trim)` with a [`TrimMessages`](crate::TrimMessages).
///
/// # Examples
///
/// ```
/// use runnable_chat::prelude::*;
/// use runnable_conversations::SummarizeMessages;
/// # use runnable_testing::ScriptedChatModel;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let model = ScriptedChatModel::new(["They greeted each other."]).to_model();
/// let summarize = SummarizeMessages::beyond_messages(model, 3);
/// let conversation = [human("Hi"), ai("Hello"), human("Are you well?"), ai("Yes."), human("Why?")];
///
/// let short = summarize.invoke(conversation).await?;
/// assert!(short.messages[0].text().ends_with("They greeted each other."));
/// assert_eq!(short.messages.last(), Some(&human("Why?")));
/// # Ok(())
/// # }
/// ```
#[doc(alias("SummarizationMiddleware", "ConversationSummaryBufferMemory"))]
#[derive(Clone)]
#[must_use = "a step does nothing until it is run"]
pub struct SummarizeMessages {
    model: DynRunnable<PromptValue, String>,
    limit: SizeLimit,
    keep: u64,
    counter: Arc<dyn TokenCounter>,
    known: KnownSummaries,
}

impl SummarizeMessages {
    /// Creates a step that summarizes conversations with more tokens than `limit`.
    ///
    /// The tokens are [estimated](TokenEstimate), unless you set a [`counter`](Self::counter).
    pub fn beyond_tokens(
        model: impl Runnable<Input = PromptValue, Output = AiMessage>,
        limit: u64,
    ) -> Self {
        Self::new(model, SizeLimit::Tokens(limit))
    }

    /// Creates a step that summarizes conversations with more messages than `limit`.
    pub fn beyond_messages(
        model: impl Runnable<Input = PromptValue, Output = AiMessage>,
        limit: usize,
    ) -> Self {
        Self::new(model, SizeLimit::messages(limit))
    }

    fn new(
        model: impl Runnable<Input = PromptValue, Output = AiMessage>,
        limit: SizeLimit,
    ) -> Self {
        let model = model.pipe(text()).with_name("summary").into_dyn();
        let (counter, known) = (Arc::new(TokenEstimate), KnownSummaries::default());
        Self { model, limit, keep: limit.get() / 2, counter, known }
    }

    /// Sets the size of the messages that remain besides the summary, in tokens or messages. The
    /// default is half of the limit.
    pub fn keep(mut self, size: u64) -> Self {
        self.keep = size.min(self.limit.get());
        self
    }

    /// Sets how tokens are counted. The default is [`TokenEstimate`].
    pub fn counter(mut self, counter: impl TokenCounter) -> Self {
        self.counter = Arc::new(counter);
        self
    }

    /// Returns the summary of the messages before the last cut.
    async fn summary(
        &self,
        messages: &[Message],
        start: usize,
        cuts: &[usize],
        cx: &RunContext,
    ) -> Result<Arc<str>> {
        let keys: Vec<_> = cuts.iter().map(|end| self.known.key(&messages[start..*end])).collect();
        let known = keys.iter().rposition(|key| self.known.get(*key).is_some());
        let mut summary = known.and_then(|part| self.known.get(keys[part]));
        for part in known.map_or(0, |part| part + 1)..cuts.len() {
            let begin = part.checked_sub(1).map_or(start, |before| cuts[before]);
            let request = request(summary.as_deref(), &messages[begin..cuts[part]]);
            let made: Arc<str> = self.model.invoke(request).config(cx).await?.trim().into();
            self.known.insert(keys[part], Arc::clone(&made));
            summary = Some(made);
        }
        Ok(summary.unwrap_or_default())
    }
}

impl Runnable for SummarizeMessages {
    type Input = PromptValue;
    type Output = PromptValue;

    async fn run(&self, prompt: PromptValue, cx: RunContext) -> Result<PromptValue> {
        let mut messages = prompt.messages;
        let is_system = |message: &&Message| matches!(message, Message::System(_));
        let start = messages.iter().take_while(is_system).count();
        let cuts = cuts(&messages, start, self.limit, self.keep, &*self.counter);
        let Some(end) = cuts.last().copied() else { return Ok(messages.into()) };
        let summary = self.summary(&messages, start, &cuts, &cx).await?;
        messages.splice(start..end, [summary_message(&summary)]);
        cx.emit_report("summary", &json!({"replaced": end - start, "kept": messages.len() - 1}));
        Ok(messages.into())
    }

    fn info(&self) -> StepInfo {
        StepInfo::new("summarize_messages").without_chunk_events()
    }

    fn structure(&self) -> Structure {
        Structure::Choice(vec![("summary".to_owned(), self.model.graph())])
    }
}

impl fmt::Debug for SummarizeMessages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SummarizeMessages")
            .field("limit", &self.limit)
            .field("keep", &self.keep)
            .field("counter", &self.counter)
            .finish_non_exhaustive()
    }
}
