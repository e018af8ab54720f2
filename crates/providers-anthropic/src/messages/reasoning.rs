//! The settings of extended thinking.

use runnable_chat::model::ReasoningEffort;
use runnable_core::Result;
use serde::Serialize;

use super::{
    model_family::Family,
    refuse::{invalid, refuse},
};

/// The field `thinking` of a request.
#[derive(Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Thinking {
    Disabled,
    /// The model decides how long to think.
    Adaptive,
    Enabled {
        budget_tokens: u64,
    },
}

/// The settings of a request that depend on each other: whether and how long the model thinks, and
/// the maximum length of the answer, which includes the thinking.
#[derive(Debug, PartialEq)]
pub(super) struct Plan {
    pub(super) max_tokens: u64,
    pub(super) thinking: Option<Thinking>,
    /// The field `effort` of `output_config`.
    pub(super) effort: Option<&'static str>,
}

/// The lowest `budget_tokens` for thinking that the API accepts.
const MIN_BUDGET: u64 = 1_024;

impl Plan {
    /// Creates the plan. `limit` is the `max_tokens` that the call sets, if any. `input` returns an
    /// estimate of the number of tokens in the conversation.
    pub(super) fn of(
        effort: Option<ReasoningEffort>,
        limit: Option<u64>,
        family: Family,
        input: impl FnOnce() -> u64,
    ) -> Result<Self> {
        let max_tokens = limit.unwrap_or_else(|| family.max_tokens(input()));
        let plan = |thinking, effort| Self { max_tokens, thinking, effort };
        let effort = match effort {
            None => return Ok(plan(None, None)),
            // A Claude model thinks only if the request asks for it. Other models may think by
            // default.
            Some(ReasoningEffort::None) => {
                let thinking = (family == Family::Other).then_some(Thinking::Disabled);
                return Ok(plan(thinking, None));
            }
            Some(ReasoningEffort::Budget(budget)) if !family.keeps_budgets() => {
                return refuse(format!(
                    "a reasoning budget ({budget} tokens) is not supported by this model; set \
                     `reasoning_effort` to a level, such as `High`"
                ));
            }
            Some(ReasoningEffort::Budget(budget)) => {
                return Self::exactly(budget, limit, max_tokens);
            }
            Some(effort) => effort,
        };
        let (word, budget) = match effort {
            ReasoningEffort::Minimal => ("low", MIN_BUDGET),
            ReasoningEffort::Low => ("low", 2_048),
            ReasoningEffort::High => ("high", 16_384),
            ReasoningEffort::Max => ("max", 32_768),
            _ => ("medium", 8_192),
        };
        if family.adapts() {
            return Ok(plan(Some(Thinking::Adaptive), Some(word)));
        }
        if max_tokens <= MIN_BUDGET {
            return invalid(format!(
                "invalid max_tokens: {max_tokens}; extended thinking requires more than {MIN_BUDGET}; raise it, \
                 or set `reasoning_effort` to `None`"
            ));
        }
        // Leave at least half of the tokens for the answer itself.
        let budget = budget.min(max_tokens / 2).max(MIN_BUDGET);
        Ok(plan(Some(Thinking::Enabled { budget_tokens: budget }), None))
    }

    /// Creates the plan for an exact budget: the number of tokens that the model may use to think.
    fn exactly(budget: u64, limit: Option<u64>, max_tokens: u64) -> Result<Self> {
        if budget < MIN_BUDGET {
            return invalid(format!(
                "invalid reasoning budget: {budget} tokens; the Anthropic API requires at least {MIN_BUDGET}"
            ));
        }
        let max_tokens = match limit {
            Some(limit) if limit <= budget => {
                return invalid(format!(
                    "invalid max_tokens: {limit}; it must be greater than the reasoning budget of {budget} \
                     tokens, which it includes"
                ));
            }
            Some(limit) => limit,
            None if max_tokens <= budget => budget.saturating_add(max_tokens),
            None => max_tokens,
        };
        let thinking = Some(Thinking::Enabled { budget_tokens: budget });
        Ok(Self { max_tokens, thinking, effort: None })
    }

    /// Returns whether the request enables extended thinking.
    pub(super) fn thinks(&self) -> bool {
        matches!(self.thinking, Some(Thinking::Enabled { .. } | Thinking::Adaptive))
    }
}
