//! [`WithConversations`]: a chain that keeps its conversations.

use std::{fmt, sync::Arc};

use futures_util::{FutureExt, stream};
use runnable_chat::{Message, PromptValue};
use runnable_core::{
    ChunkStream, Chunked, Result, RunConfig, RunContext, Runnable, RunnableExt, StepInfo,
    Structure, WaitReason, calls::OutputStream,
};
use serde_json::json;

use super::{
    conversations::Conversations,
    open_turn::{OpenTurn, ToMessages},
    turn_input::TurnInput,
    unsaved::Unsaved,
};
use crate::tree::Turn;

/// A chain that keeps its conversations. Created by
/// [`with_conversations`](crate::ConversationExt::with_conversations).
///
/// A call is a turn: it loads the conversation, passes the earlier messages and the new messages to
/// the chain, and saves the turn.
///
/// # Order of turns
///
/// The turns of a conversation never overlap. A call whose conversation is in use waits for the
/// calls before it, without a permit of `max_concurrency`. Its run emits a wait event with the
/// reason `conversation`. Turns of different conversations run at the same time.
///
/// # Saving
///
/// A turn is saved before `invoke` returns, and before a stream ends. Chunks pass through as they
/// arrive. A turn that fails is saved, too, with the answer as far as it arrived, and with the
/// status [`Failed`](crate::TurnStatus::Failed).
///
/// # Errors
///
/// - Returns the error of the chain.
/// - Returns the error of the store if the conversation cannot be loaded or the turn cannot be
///   saved. In the second case, the turn is not part of the conversation, and
///   [`Error::partial`](runnable_core::Error::partial) has the answer.
/// - Returns [`ErrorKind::NotFound`](runnable_core::ErrorKind::NotFound) if the branch or the
///   earlier turn is unknown.
/// - Returns [`ErrorKind::InvalidInput`](runnable_core::ErrorKind::InvalidInput) if the turn has no
///   messages, or if a turn would wait for itself because it uses its own conversation.
///
/// # Cancel safety
///
/// If a call is dropped while it waits for its conversation, nothing is saved. If it is dropped
/// later, the turn is saved with the status [`Cancelled`](crate::TurnStatus::Cancelled) and with the
/// chunks that have arrived. An invoked chain has no chunks, so only the question is saved.
#[doc(alias = "RunnableWithMessageHistory")]
#[must_use = "a chain does nothing until it is run"]
pub struct WithConversations<R: Runnable> {
    step: R,
    conversations: Conversations,
    to_messages: ToMessages<R::Output>,
}

impl<R: Runnable<Input = PromptValue>> WithConversations<R> {
    pub(crate) fn new(
        step: R,
        conversations: Conversations,
        to_messages: impl Fn(&R::Output) -> Vec<Message> + Send + Sync + 'static,
    ) -> Self {
        Self { step, conversations, to_messages: Arc::new(to_messages) }
    }

    /// Waits for the conversation, loads it, and opens the next turn.
    async fn open(self, input: TurnInput, cx: RunContext) -> Result<Opened<R::Output>> {
        let (mut place, waited) = self.conversations.queues().enter(&input.key, &cx).await?;
        if !waited.is_zero() {
            cx.emit_wait(WaitReason::new("conversation"), waited);
        }
        let conversation = self.conversations.current_for(&mut place, &input).await?;
        let parent = input.parent(&conversation)?;
        let mut messages = parent.map(|turn| conversation.messages_to(turn)).unwrap_or_default();
        let turn = Turn::new(conversation.next_id(), parent, input.messages);
        messages.extend(turn.input.iter().cloned());
        let report = json!({"turn": turn.id, "branch": input.branch, "messages": messages.len()});
        cx.emit_report("conversation", &report);
        let summaries = self.conversations.kept_summaries(place.key());
        let config = RunConfig::from(&cx).resource(place.held_in(&cx)).resource(summaries);
        let unsaved = Unsaved { branch: input.branch, turn };
        let turn = OpenTurn::new(self.conversations, self.to_messages, place, unsaved);
        Ok(Opened { turn, prompt: messages.into(), config })
    }
}

/// A turn that is ready to be answered.
struct Opened<O: Chunked> {
    turn: OpenTurn<O>,
    prompt: PromptValue,
    config: RunConfig,
}

/// A turn whose answer is streamed.
struct Streaming<O: Chunked> {
    // The chain comes first, so that its runs end before the turn is saved.
    chunks: OutputStream<O>,
    turn: OpenTurn<O>,
}

impl<O: Chunked> Streaming<O> {
    /// Returns the next chunk. The state is `None` after the last item.
    async fn next(mut self) -> Option<(Result<O::Chunk>, Option<Self>)> {
        match self.chunks.next().await {
            Some(Ok(chunk)) => {
                self.turn.add(&chunk);
                Some((Ok(chunk), Some(self)))
            }
            Some(Err(error)) => Some((Err(self.turn.fail(error).await), None)),
            None => match self.turn.complete_arrived().await {
                Ok(()) => None,
                Err(error) => Some((Err(error), None)),
            },
        }
    }
}

impl<R: Runnable<Input = PromptValue>> Runnable for WithConversations<R> {
    type Input = TurnInput;
    type Output = R::Output;

    async fn run(&self, input: TurnInput, cx: RunContext) -> Result<R::Output> {
        let Opened { turn, prompt, config } = self.clone().open(input, cx).await?;
        let answer = match self.step.invoke(prompt).config(config).await {
            Ok(answer) => answer,
            Err(error) => return Err(turn.fail(error).await),
        };
        let messages = turn.messages_of(&answer);
        match turn.complete(messages).await {
            Ok(()) => Ok(answer),
            Err(error) => Err(error.with_partial(answer.into_chunk())),
        }
    }

    fn run_stream(&self, input: TurnInput, cx: RunContext) -> ChunkStream<R::Output> {
        let step = self.step.clone();
        let chunks = self.clone().open(input, cx).map(move |opened| match opened {
            Ok(Opened { turn, prompt, config }) => {
                let chunks = step.stream(prompt).config(config);
                let streaming = Some(Streaming { chunks, turn });
                let next = |streaming: Option<Streaming<R::Output>>| async move {
                    streaming?.next().await
                };
                ChunkStream::<R::Output>::new(stream::unfold(streaming, next))
            }
            Err(error) => ChunkStream::error(error),
        });
        ChunkStream::new(chunks.boxed().flatten_stream())
    }

    /// Returns the information about the step. Its runs have the name that LangChain uses.
    fn info(&self) -> StepInfo {
        StepInfo::new("RunnableWithMessageHistory")
    }

    fn structure(&self) -> Structure {
        Structure::Sequence(vec![self.step.graph()])
    }
}

impl<R: Runnable> Clone for WithConversations<R> {
    fn clone(&self) -> Self {
        Self {
            step: self.step.clone(),
            conversations: self.conversations.clone(),
            to_messages: Arc::clone(&self.to_messages),
        }
    }
}

impl<R: Runnable + fmt::Debug> fmt::Debug for WithConversations<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WithConversations")
            .field("step", &self.step)
            .field("conversations", &self.conversations)
            .finish_non_exhaustive()
    }
}
