//! [`TrimMessages`]: a step that removes messages, so that the rest fits a limit.

use std::sync::Arc;

use runnable_chat::{ChatModel, Message, PromptValue};
use runnable_core::{Error, ErrorKind, Result, RunContext, Runnable, StepInfo};
use serde_json::json;

use super::{
    selection::{Kept, Selection},
    size_limit::SizeLimit,
};
use crate::tokens::{TokenCounter, TokenEstimate};

/// A step that removes the oldest messages of a conversation, so that the rest fits a limit.
///
/// Its input and its output are a [`PromptValue`], so it can be piped to a model. The limit counts
/// tokens or messages. The step keeps:
///
/// 1. the system messages at the start, unless you call [`without_system`](Self::without_system);
/// 2. the newest message, and the newest human message;
/// 3. as many of the newest other messages as fit, without a gap.
///
/// A tool call and its results are kept or removed together. If the kept messages contain a human
/// message, then no AI message and no tool result comes before the first one, because several
/// services require that. To keep the oldest messages instead, call
/// [`keep_oldest`](Self::keep_oldest).
///
/// # Errors
///
/// Returns [`ErrorKind::ContextLength`] if the messages of points 1 and 2 exceed the limit. An
/// output is never larger than the limit. With [`counted_by`](Self::counted_by), the step also
/// returns the errors of the provider.
///
/// # Examples
///
/// ```
/// use runnable_chat::prelude::*;
/// use runnable_conversations::TrimMessages;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let trim = TrimMessages::to_messages(3);
/// let long = [system("You are terse."), human("Hi"), ai("Hello"), human("Why?"), ai("Because."), human("Oh.")];
///
/// let short = trim.invoke(long).await?;
/// assert_eq!(short.messages, [system("You are terse."), human("Oh.")]);
/// # Ok(())
/// # }
/// ```
///
/// Three messages would fit, but `Because.` is the answer to a question that was removed.
#[doc(alias = "trim_messages")]
#[derive(Clone, Debug)]
#[must_use = "a step does nothing until it is run"]
pub struct TrimMessages {
    limit: SizeLimit,
    counter: Arc<dyn TokenCounter>,
    /// The model whose provider counts the tokens, if it can.
    model: Option<ChatModel>,
    keeps_system: bool,
    keeps_oldest: bool,
}

/// The messages that [`TrimMessages`] keeps and removes.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct TrimmedMessages {
    /// The messages that fit the limit, oldest first.
    pub kept: Vec<Message>,
    /// The messages that were removed, oldest first.
    pub removed: Vec<Message>,
}

impl TrimMessages {
    /// Creates a step that keeps at most this number of messages.
    pub fn to_messages(limit: usize) -> Self {
        Self::new(SizeLimit::messages(limit))
    }

    /// Creates a step that keeps at most this number of tokens.
    ///
    /// The tokens are [estimated](TokenEstimate), unless you set a [`counter`](Self::counter). The
    /// definitions of tools are not counted, so leave space for them and for the answer.
    pub fn to_tokens(limit: u64) -> Self {
        Self::new(SizeLimit::Tokens(limit))
    }

    fn new(limit: SizeLimit) -> Self {
        let counter = Arc::new(TokenEstimate);
        Self { limit, counter, model: None, keeps_system: true, keeps_oldest: false }
    }

    /// Sets how tokens are counted. The default is [`TokenEstimate`].
    pub fn counter(mut self, counter: impl TokenCounter) -> Self {
        self.counter = Arc::new(counter);
        self
    }

    /// Lets the provider of a model count the tokens.
    ///
    /// Pass the model that receives the messages. The step then sends a request to the provider for
    /// each count: one if the messages fit, and usually two if they do not. The counts also contain
    /// the tools of the model. If the provider [cannot count](ChatModel::count_tokens), the
    /// [`counter`](Self::counter) counts. A limit of messages is not affected, and neither is
    /// [`split`](Self::split).
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_chat::prelude::*;
    /// use runnable_conversations::TrimMessages;
    ///
    /// fn short(model: ChatModel) -> DynRunnable<PromptValue, AiMessage> {
    ///     TrimMessages::to_tokens(100_000).counted_by(&model).pipe(model).into_dyn()
    /// }
    /// ```
    pub fn counted_by(mut self, model: &ChatModel) -> Self {
        self.model = Some(model.clone());
        self
    }

    /// Treats system messages like all other messages, so that they can be removed.
    pub fn without_system(mut self) -> Self {
        self.keeps_system = false;
        self
    }

    /// Keeps the oldest messages instead of the newest ones.
    ///
    /// Use it to work on the start of a conversation, such as to find a title for it. The step keeps
    /// the system messages at the start, the oldest other message, and as many of the messages after
    /// it as fit, without a gap. A tool call and its results are kept or removed together.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_chat::prelude::*;
    /// use runnable_conversations::TrimMessages;
    ///
    /// # fn main() -> Result<()> {
    /// let messages = vec![human("Hi"), ai("Hello"), human("Why?"), ai("Because.")];
    /// let trimmed = TrimMessages::to_messages(2).keep_oldest().split(messages)?;
    /// assert_eq!(trimmed.kept, [human("Hi"), ai("Hello")]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn keep_oldest(mut self) -> Self {
        self.keeps_oldest = true;
        self
    }

    /// Divides messages into those that fit the limit, and the others.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::ContextLength`] if the messages that must be kept exceed the limit.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_chat::prelude::*;
    /// use runnable_conversations::TrimMessages;
    ///
    /// # fn main() -> Result<()> {
    /// let messages = vec![human("Hi"), ai("Hello"), human("Why?")];
    /// let trimmed = TrimMessages::to_messages(2).split(messages)?;
    /// assert_eq!(trimmed.kept, [human("Why?")]);
    /// assert_eq!(trimmed.removed, [human("Hi"), ai("Hello")]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn split(&self, messages: Vec<Message>) -> Result<TrimmedMessages> {
        let kept = self.selection(&messages).within(self.limit.get());
        if kept.size > self.limit.get() {
            return Err(self.too_small(kept.size));
        }
        Ok(divided(messages, &kept))
    }

    /// Divides messages like [`split`](Self::split), with the counts of the model's provider.
    ///
    /// The sizes of single messages come from the counter, because a provider counts only complete
    /// prompts. They are corrected by the count of the provider until the kept messages fit.
    async fn split_by_provider(
        &self,
        messages: Vec<Message>,
        cx: &RunContext,
    ) -> Result<TrimmedMessages> {
        let (SizeLimit::Tokens(limit), Some(model)) = (self.limit, &self.model) else {
            return self.split(messages);
        };
        if messages.is_empty() {
            return Ok(TrimmedMessages::default());
        }
        let Some(total) = model.count_tokens_in(messages.clone(), cx).await? else {
            return self.split(messages);
        };
        if total <= limit {
            return Ok(TrimmedMessages { kept: messages, removed: Vec::new() });
        }
        let selection = self.selection(&messages);
        let least = selection.within(0);
        let mut budget = scaled(selection.total(), limit, total);
        loop {
            let kept = selection.within(budget);
            let trimmed = divided(messages.clone(), &kept);
            let size = model.count_tokens_in(trimmed.kept.clone(), cx).await?.unwrap_or(kept.size);
            if size <= limit {
                return Ok(trimmed);
            }
            if kept.flags == least.flags {
                return Err(self.too_small(size));
            }
            // Each round removes at least one message.
            budget = scaled(kept.size, limit, size).min(kept.size.saturating_sub(1));
        }
    }

    fn selection(&self, messages: &[Message]) -> Selection {
        let size = |messages: &[Message]| self.limit.size(messages, &*self.counter);
        Selection::new(messages, self.keeps_system, self.keeps_oldest, size)
    }

    fn too_small(&self, required: u64) -> Error {
        let (limit, unit) = (self.limit.get(), self.limit.unit());
        let which = if self.keeps_oldest { "oldest message" } else { "newest messages" };
        let message = format!(
            "failed to trim a conversation to {limit} {unit}: its system messages and {which} have \
             {required} {unit}; raise the limit or shorten them"
        );
        Error::new(ErrorKind::ContextLength, message)
    }
}

/// Returns `size * limit / total`, rounded down.
fn scaled(size: u64, limit: u64, total: u64) -> u64 {
    let scaled = u128::from(size) * u128::from(limit) / u128::from(total.max(1));
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

fn divided(messages: Vec<Message>, kept: &Kept) -> TrimmedMessages {
    let mut trimmed = TrimmedMessages::default();
    for (message, is_kept) in messages.into_iter().zip(&kept.flags) {
        if *is_kept { &mut trimmed.kept } else { &mut trimmed.removed }.push(message);
    }
    trimmed
}

impl Runnable for TrimMessages {
    type Input = PromptValue;
    type Output = PromptValue;

    async fn run(&self, prompt: PromptValue, cx: RunContext) -> Result<PromptValue> {
        let trimmed = self.split_by_provider(prompt.messages, &cx).await?;
        if !trimmed.removed.is_empty() {
            let (kept, removed) = (trimmed.kept.len(), trimmed.removed.len());
            cx.emit_report("trim", &json!({"kept": kept, "removed": removed}));
        }
        Ok(trimmed.kept.into())
    }

    fn info(&self) -> StepInfo {
        StepInfo::new("trim_messages").without_chunk_events()
    }
}
