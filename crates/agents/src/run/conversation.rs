//! [`Conversation`]: the messages of an agent's run, and the decision whether another round follows.

use std::{mem, sync::Arc, time::Duration};

use runnable_chat::{
    AiMessage, FinishReason, Message, PromptValue, SpendingLimit, Usage, metering::UsageTotals,
};
use runnable_core::{ChildPosition, Error, ErrorKind, Result, RunContext};

use super::AgentInput;
use crate::{
    AgentState, RoundOutput,
    round::{RoundInput, RoundWork},
    settings::Settings,
};

/// The messages and counters of an agent's run. It contains no I/O, except for the step that
/// changes the conversation.
pub(super) struct Conversation {
    settings: Arc<Settings>,
    messages: Vec<Message>,
    /// The number of rounds that have begun.
    rounds: u32,
    usage: Usage,
    /// The limit of this call, if its sum contains no other calls.
    own_limit: Option<SpendingLimit>,
    /// What was spent before this call.
    spent: UsageTotals,
    /// The number of final answers that the model had to correct.
    corrections: u32,
    /// The tool calls of a resumed agent, until they run.
    resumed: Option<RoundWork>,
}

/// What follows after a round.
pub(super) enum Next {
    Round,
    /// Another round. This message asks the model to correct its final answer.
    Correction(Box<Message>),
    Answered,
    Paused(AgentState),
}

impl Conversation {
    /// Begins a run, or continues a paused run.
    pub(super) fn begin(
        settings: Arc<Settings>,
        own_limit: Option<SpendingLimit>,
        input: AgentInput,
    ) -> Result<Self> {
        settings.check()?;
        let spent = input.spent();
        match input {
            AgentInput::Start(prompt) => Ok(Self {
                settings,
                messages: prompt.messages,
                rounds: 0,
                usage: Usage::default(),
                own_limit,
                spent,
                corrections: 0,
                resumed: None,
            }),
            AgentInput::Resume(state) => {
                let (answer, decisions) = state.decided()?;
                let before = state.messages.split_last().map_or(&[][..], |(_, before)| before);
                let resumed = Some(RoundWork::Call {
                    messages: before.to_vec(),
                    answer: Box::new(answer),
                    decisions,
                });
                let AgentState { messages, rounds, usage, corrections, .. } = state;
                Ok(Self {
                    settings,
                    messages,
                    rounds,
                    usage,
                    own_limit,
                    spent,
                    corrections,
                    resumed,
                })
            }
        }
    }

    /// Prepares the next round, and returns its input.
    pub(super) async fn next_round(&mut self, cx: &RunContext) -> Result<RoundInput> {
        if let Some(work) = self.resumed.take() {
            return Ok(RoundInput { number: self.rounds, work });
        }
        self.rounds += 1;
        if let Some(history) = &self.settings.history {
            let prompt = PromptValue::from(mem::take(&mut self.messages));
            let changed = cx.child(ChildPosition::Untagged).invoke(history, prompt).await?;
            self.messages = changed.messages;
        }
        let is_last = self.rounds >= self.settings.max_rounds;
        let work = RoundWork::Ask { messages: self.messages.clone(), is_last };
        Ok(RoundInput { number: self.rounds, work })
    }

    /// Adds the output of a round, and decides what follows.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::RecursionLimit`] if another round is needed, but not allowed, and
    /// [`ErrorKind::Parse`] if the final answer is invalid, and the model may not correct it.
    pub(super) fn add(&mut self, round: RoundOutput, cx: &RunContext) -> Result<Next> {
        let has_results = !round.results.is_empty();
        let wants_more = round.answer.as_ref().is_some_and(wants_more);
        self.usage += round.answer.as_ref().and_then(|answer| answer.usage).unwrap_or_default();
        let awaiting = round.awaiting.clone();
        self.messages.extend(round.into_messages());
        if !awaiting.is_empty() {
            return Ok(Next::Paused(AgentState {
                messages: mem::take(&mut self.messages),
                rounds: self.rounds,
                usage: self.usage,
                spent: self.spent(),
                corrections: self.corrections,
                decisions: awaiting.into_iter().map(|id| (id, None)).collect(),
            }));
        }
        if !has_results && !wants_more {
            self.check_answer(cx)
        } else if self.rounds >= self.settings.max_rounds {
            Err(self.limit_reached())
        } else {
            Ok(Next::Round)
        }
    }

    /// Returns what was spent so far, as far as a limit of this agent has counted it.
    fn spent(&mut self) -> UsageTotals {
        match &self.own_limit {
            // The sum begins with what was spent before this call.
            Some(limit) => limit.spent(),
            None => mem::take(&mut self.spent),
        }
    }

    /// Asks the model to correct its final answer, if the answer is invalid.
    fn check_answer(&mut self, cx: &RunContext) -> Result<Next> {
        let (Some(format), Some(Message::Ai(answer))) =
            (&self.settings.answer_format, self.messages.last())
        else {
            return Ok(Next::Answered);
        };
        let Err(error) = (format.check)(answer) else {
            return Ok(Next::Answered);
        };
        let attempt = self.corrections + 1;
        if error.kind() != ErrorKind::Parse
            || attempt >= format.max_attempts
            || self.rounds >= self.settings.max_rounds
        {
            return Err(error.with_attempts(attempt));
        }
        cx.emit_retry(attempt, Duration::ZERO, &error);
        let message = (format.correction)(&error);
        self.corrections = attempt;
        self.messages.push(message.clone());
        Ok(Next::Correction(Box::new(message)))
    }

    fn limit_reached(&self) -> Error {
        let limit = self.settings.max_rounds;
        let message = format!(
            "round limit of {limit} reached: the model has not given a final answer; raise the limit \
             with `Agent::max_rounds`, or add `Agent::answer_at_round_limit`"
        );
        Error::new(ErrorKind::RecursionLimit, message)
    }
}

/// Returns whether the answer requests tools, or is incomplete because the provider paused a long
/// turn.
fn wants_more(answer: &AiMessage) -> bool {
    answer.tool_calls().next().is_some()
        || answer.invalid_tool_calls().next().is_some()
        || answer.finish_reason == Some(FinishReason::Pause)
}
