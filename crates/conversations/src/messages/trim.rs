//! [`TrimMessages`]: a step that removes the oldest messages of a conversation.

use std::{ops::Range, sync::Arc};

use runnable_chat::{Message, PromptValue};
use runnable_core::{Error, ErrorKind, Result, RunContext, Runnable, StepInfo};
use serde_json::json;

use super::{groups::groups, size_limit::SizeLimit};
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
/// services require that.
///
/// # Errors
///
/// Returns [`ErrorKind::ContextLength`] if the messages of points 1 and 2 exceed the limit. An
/// output is never larger than the limit.
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
    keeps_system: bool,
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
        Self { limit, counter: Arc::new(TokenEstimate), keeps_system: true }
    }

    /// Sets how tokens are counted. The default is [`TokenEstimate`].
    pub fn counter(mut self, counter: impl TokenCounter) -> Self {
        self.counter = Arc::new(counter);
        self
    }

    /// Treats system messages like all other messages, so that they can be removed.
    pub fn without_system(mut self) -> Self {
        self.keeps_system = false;
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
        let kept = self.kept(&messages)?;
        let mut trimmed = TrimmedMessages::default();
        for (message, is_kept) in messages.into_iter().zip(kept) {
            if is_kept { &mut trimmed.kept } else { &mut trimmed.removed }.push(message);
        }
        Ok(trimmed)
    }

    /// Returns for each message whether it is kept.
    fn kept(&self, messages: &[Message]) -> Result<Vec<bool>> {
        let groups = groups(messages);
        let is_leading = |message: &&Message| self.keeps_system && is_system(message);
        let system = messages.iter().take_while(is_leading).count();
        // System messages are groups of one message, so `system` is also a number of groups.
        let (system, rest) = groups.split_at(system.min(groups.len()));
        let has_human = |group: &Range<usize>| messages[group.clone()].iter().any(is_human);
        let newest_human = rest.iter().rposition(has_human);

        let mut is_kept = vec![false; rest.len()];
        let required = newest_human.into_iter().chain(rest.len().checked_sub(1));
        required.for_each(|group| is_kept[group] = true);
        let required = system.iter().chain(chosen(rest, &is_kept));
        let mut total = required.map(|group| self.size(&messages[group.clone()])).sum::<u64>();
        if total > self.limit.get() {
            return Err(self.too_small(total));
        }
        for (group, range) in rest.iter().enumerate().rev() {
            if is_kept[group] {
                continue;
            }
            total = total.saturating_add(self.size(&messages[range.clone()]));
            if total > self.limit.get() {
                break;
            }
            is_kept[group] = true;
        }
        // An answer whose question was removed would be the first message.
        let first_human =
            (0..rest.len()).find(|at| is_kept[*at] && is_human(&messages[rest[*at].start]));
        is_kept[..first_human.unwrap_or_default()].fill(false);

        let mut kept = vec![false; messages.len()];
        for group in system.iter().chain(chosen(rest, &is_kept)) {
            kept[group.clone()].fill(true);
        }
        Ok(kept)
    }

    fn size(&self, messages: &[Message]) -> u64 {
        self.limit.size(messages, &*self.counter)
    }

    fn too_small(&self, required: u64) -> Error {
        let (limit, unit) = (self.limit.get(), self.limit.unit());
        let message = format!(
            "failed to trim a conversation to {limit} {unit}: its system messages and newest \
             messages have {required} {unit}; raise the limit or shorten them"
        );
        Error::new(ErrorKind::ContextLength, message)
    }
}

fn chosen<'a>(
    groups: &'a [Range<usize>],
    is_kept: &[bool],
) -> impl Iterator<Item = &'a Range<usize>> {
    groups.iter().zip(is_kept.to_vec()).filter_map(|(group, is_kept)| is_kept.then_some(group))
}

fn is_system(message: &Message) -> bool {
    matches!(message, Message::System(_))
}

fn is_human(message: &Message) -> bool {
    matches!(message, Message::Human(_))
}

impl Runnable for TrimMessages {
    type Input = PromptValue;
    type Output = PromptValue;

    async fn run(&self, prompt: PromptValue, cx: RunContext) -> Result<PromptValue> {
        let trimmed = self.split(prompt.messages)?;
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
