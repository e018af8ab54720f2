//! [`SummarizeMessages`]: a step that replaces the oldest messages with a summary.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    ops::Range,
    sync::Arc,
};

use runnable_chat::{AiMessage, ChatModel, Message, PromptValue, text};
use runnable_core::{DynRunnable, Result, RunContext, Runnable, RunnableExt, StepInfo, Structure};
use serde_json::json;

use super::{
    known_summaries::KnownSummaries,
    parts::Parts,
    prefix_ids::prefix_ids,
    request::{plain, request, summary_message},
};
use crate::{
    messages::SizeLimit,
    store::{KeptSummaries, Summary},
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
/// old summary and the next part, so the size of a request is bounded.
///
/// Inside [`with_conversations`](crate::ConversationExt::with_conversations), the summaries are kept
/// in the store of the conversation, so they also last after a restart of the program. Elsewhere, and
/// with a custom store that does not keep
/// [summaries](crate::ConversationStore::summaries), they are kept in the memory of this step.
///
/// The summary itself is not counted, unless a provider [counts](Self::counted_by). Limit it with
/// `max_tokens` of the model.
///
/// # Errors
///
/// Returns the error of the model that summarizes, of the store of the conversation, and of the
/// provider that [counts](Self::counted_by). To remove messages instead in this case, use
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
    /// The model whose provider counts the tokens, if it can.
    counting: Option<ChatModel>,
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
        Self { model, limit, keep: limit.get() / 2, counter, counting: None, known }
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

    /// Lets the provider of a model count the tokens of the conversation.
    ///
    /// Pass the model that receives the conversation. The step then sends a request to the provider
    /// for each count: one if the conversation is within the limit, and usually two if it is not. The
    /// counts also contain the tools of the model and the summary. If the provider [cannot count](ChatModel::count_tokens), the
    /// [`counter`](Self::counter) counts. A limit of messages is not affected.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_chat::prelude::*;
    /// use runnable_conversations::SummarizeMessages;
    ///
    /// fn short(small: ChatModel, model: ChatModel) -> DynRunnable<PromptValue, AiMessage> {
    ///     let summarize = SummarizeMessages::beyond_tokens(small, 100_000).counted_by(&model);
    ///     summarize.pipe(model).into_dyn()
    /// }
    /// ```
    pub fn counted_by(mut self, model: &ChatModel) -> Self {
        self.counting = Some(model.clone());
        self
    }

    /// Returns the summary for a conversation that exceeds the limit, and the place of the messages
    /// that the summary replaces. Returns `None` if nothing can be replaced.
    async fn summary(
        &self,
        messages: &[Message],
        mut parts: Parts,
        cx: &RunContext,
    ) -> Result<Option<(Range<usize>, Arc<str>)>> {
        // The newest group is never replaced.
        let texts = (1..parts.len()).map(|count| {
            let group = &messages[parts.range(count - 1..count)];
            json!(group.iter().map(plain).collect::<Vec<_>>()).to_string()
        });
        let texts: Vec<_> = texts.collect();
        let stored = cx.find_resource::<KeptSummaries>();
        let keys = self.known.keys(texts.iter().map(String::as_str));
        let ids = prefix_ids(texts.iter().map(String::as_str));
        let mut known: BTreeMap<usize, Arc<str>> = self.known.find(&keys).into_iter().collect();
        if let Some(stored) = stored {
            let positions: HashMap<&str, usize> =
                ids.iter().enumerate().map(|(position, id)| (id.as_str(), position)).collect();
            for summary in stored.load().await? {
                if let Some(position) = positions.get(summary.id.as_str()) {
                    known.insert(*position, summary.text.into());
                }
            }
        }

        // The first summary that is short enough replaces as little as possible.
        let mut last = None;
        for (position, summary) in known {
            let replaced = parts.range(0..position + 1);
            let mut size = parts.size_without(position + 1);
            if size <= self.limit.get() {
                let shortened = shortened(messages.to_vec(), replaced.clone(), &summary);
                let counted = self.provider_count(&shortened, cx).await?.unwrap_or(size);
                parts.add(counted.saturating_sub(size));
                size = counted;
            }
            if size <= self.limit.get() {
                return Ok(Some((replaced, summary)));
            }
            last = Some((position + 1, summary));
        }
        for count in parts.cuts(last.as_ref().map_or(0, |(count, _)| *count)) {
            let done = last.as_ref().map_or(0, |(count, _)| *count);
            let earlier = last.as_ref().map(|(_, summary)| &**summary);
            let request = request(earlier, &messages[parts.range(done..count)]);
            let made: Arc<str> = self.model.invoke(request).config(cx).await?.trim().into();
            // If the save fails, the next turn finds the summary in memory.
            self.known.insert(keys[count - 1], Arc::clone(&made));
            if let Some(stored) = stored {
                stored.save(&Summary::new(&ids[count - 1], &*made)).await?;
            }
            last = Some((count, made));
        }
        Ok(last.map(|(count, summary)| (parts.range(0..count), summary)))
    }

    /// Returns the number of tokens that a provider counts, if one counts for this step.
    async fn provider_count(&self, messages: &[Message], cx: &RunContext) -> Result<Option<u64>> {
        match (&self.counting, self.limit) {
            (Some(model), SizeLimit::Tokens(_)) if !messages.is_empty() => {
                model.count_tokens_in(messages.to_vec(), cx).await
            }
            _ => Ok(None),
        }
    }
}

/// Replaces messages with their summary.
fn shortened(mut messages: Vec<Message>, replaced: Range<usize>, summary: &str) -> Vec<Message> {
    messages.splice(replaced, [summary_message(summary)]);
    messages
}

impl Runnable for SummarizeMessages {
    type Input = PromptValue;
    type Output = PromptValue;

    async fn run(&self, prompt: PromptValue, cx: RunContext) -> Result<PromptValue> {
        let messages = prompt.messages;
        let is_system = |message: &&Message| matches!(message, Message::System(_));
        let start = messages.iter().take_while(is_system).count();
        let mut parts = Parts::new(&messages, start, self.limit, self.keep, &*self.counter);
        if let Some(total) = self.provider_count(&messages, &cx).await? {
            parts.scale_to(total);
        }
        if parts.size_without(0) <= self.limit.get() {
            return Ok(messages.into());
        }
        let Some((replaced, summary)) = self.summary(&messages, parts, &cx).await? else {
            return Ok(messages.into());
        };
        let kept = messages.len() - replaced.len();
        cx.emit_report("summary", &json!({"replaced": replaced.len(), "kept": kept}));
        Ok(shortened(messages, replaced, &summary).into())
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
