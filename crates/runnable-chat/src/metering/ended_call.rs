//! [`EndedCall`]: a call of a model that has ended.

use std::borrow::Cow;

use runnable_core::{Error, Payload, Run, RunEvent, RunEventData};
use serde_json::Value;

use super::{cost_sum::CostSum, model_id::ModelId, model_usage::ModelUsage, usage_sum::UsageSum};
use crate::{
    AiMessage, AiMessageChunk, Usage,
    pricing::{AnswerFacts, Cost, Prices, UnknownCost},
};

/// A call of a model that has ended.
#[derive(Debug)]
pub(super) struct EndedCall {
    pub(super) model: ModelId,
    outcome: Outcome,
    usage: Option<Usage>,
    pub(super) cost: Result<Cost, UnknownCost>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Completed,
    Failed,
    Cancelled,
}

/// An answer, or the part of it that the model produced before it failed or was cancelled.
enum Answer<'a> {
    Complete(&'a AiMessage),
    Partial(Cow<'a, AiMessageChunk>),
}

impl EndedCall {
    /// Reads the end of a run of a model. `reported` returns the usage that the run has reported,
    /// which counts if the answer has no usage. Returns `None` for all other events.
    pub(super) fn of_event(
        event: &RunEvent<'_>,
        prices: &Prices,
        reported: impl FnOnce() -> Option<Usage>,
    ) -> Option<Self> {
        let (outcome, answer) = match &event.data {
            RunEventData::End { output, .. } => (Outcome::Completed, answer_of(output.as_ref())),
            RunEventData::Error { error, partial, .. } => {
                let streamed = answer_of(partial.as_ref());
                (Outcome::Failed, streamed.or_else(|| invoked_part(error)))
            }
            RunEventData::Cancelled { partial, .. } => {
                (Outcome::Cancelled, answer_of(partial.as_ref()))
            }
            _ => return None,
        };
        let usage = answer.as_ref().and_then(Answer::usage).or_else(reported);
        let provider = answer.as_ref().and_then(Answer::provider);
        let provider = provider.or_else(|| requested(event.run, "ls_provider"));
        let model = answer.as_ref().and_then(Answer::model);
        let model = model.or_else(|| requested(event.run, "ls_model_name"));
        let cost = if outcome == Outcome::Failed && answer.is_none() && usage.is_none() {
            Ok(Cost::ZERO)
        } else {
            let metadata = answer.as_ref().and_then(Answer::metadata);
            let facts = AnswerFacts { provider, model, usage: usage.as_ref(), metadata };
            prices.cost_of_facts(&facts, event.timing.started)
        };
        let model =
            ModelId { provider: provider.map(str::to_owned), model: model.map(str::to_owned) };
        Some(Self { model, outcome, usage, cost })
    }

    /// Returns the usage of this single call.
    pub(super) fn to_usage(&self) -> ModelUsage {
        let sum = UsageSum {
            calls: 1,
            calls_without_usage: u64::from(self.usage.is_none()),
            usage: self.usage.unwrap_or_default(),
            cost: CostSum::from(self.cost),
        };
        let usage = ModelUsage::default();
        match self.outcome {
            Outcome::Completed => ModelUsage { completed: sum, ..usage },
            Outcome::Failed => ModelUsage { failed: sum, ..usage },
            Outcome::Cancelled => ModelUsage { cancelled: sum, ..usage },
        }
    }

    /// Returns why the cost of this call is unknown, unless the call was interrupted before it
    /// reported its usage.
    pub(super) fn unexplained(&self) -> Option<UnknownCost> {
        let is_interrupted = self.outcome != Outcome::Completed && self.usage.is_none();
        self.cost.err().filter(|_| !is_interrupted)
    }
}

fn answer_of<'a>(payload: Option<&Payload<'a>>) -> Option<Answer<'a>> {
    let payload = payload?;
    let part = || {
        payload.downcast_ref::<AiMessageChunk>().map(|part| Answer::Partial(Cow::Borrowed(part)))
    };
    payload.downcast_ref::<AiMessage>().map(Answer::Complete).or_else(part)
}

/// Returns the part of the answer that is in the error of an invoked model. The event has no
/// partial output in this case, because an invoked model yields no chunks.
fn invoked_part(error: &Error) -> Option<Answer<'static>> {
    error.partial::<AiMessageChunk>().map(|part| Answer::Partial(Cow::Owned(part)))
}

/// Returns an entry of the metadata that the step of a model sets.
fn requested<'a>(run: &'a Run, key: &str) -> Option<&'a str> {
    run.metadata.get(key).and_then(Value::as_str)
}

impl Answer<'_> {
    fn usage(&self) -> Option<Usage> {
        match self {
            Self::Complete(answer) => answer.usage,
            Self::Partial(part) => part.usage(),
        }
    }

    fn provider(&self) -> Option<&str> {
        match self {
            Self::Complete(answer) => answer.provider.as_deref(),
            Self::Partial(part) => part.provider(),
        }
    }

    fn model(&self) -> Option<&str> {
        match self {
            Self::Complete(answer) => answer.model.as_deref(),
            Self::Partial(part) => part.model(),
        }
    }

    fn metadata(&self) -> Option<&runnable_core::Metadata> {
        match self {
            Self::Complete(answer) => Some(&answer.metadata),
            Self::Partial(part) => part.metadata(),
        }
    }
}
