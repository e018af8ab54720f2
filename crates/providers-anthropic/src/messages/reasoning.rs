//! How long the model thinks.

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
    /// As long as the model thinks best.
    Adaptive,
    Enabled {
        budget_tokens: u64,
    },
}

/// What a request says of thinking, and of the length of the answer, which includes it.
#[derive(Debug, PartialEq)]
pub(super) struct Plan {
    pub(super) max_tokens: u64,
    pub(super) thinking: Option<Thinking>,
    /// The field `effort` of `output_config`.
    pub(super) effort: Option<&'static str>,
}

/// The least that the API takes as a budget.
const LEAST: u64 = 1_024;

impl Plan {
    /// `limit`: the most tokens of the answer, if that is said; `input`: about how many the
    /// conversation takes.
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
            // A Claude does not think unless told to; others may.
            Some(ReasoningEffort::None) => {
                let thinking = (family == Family::Other).then_some(Thinking::Disabled);
                return Ok(plan(thinking, None));
            }
            Some(ReasoningEffort::Budget(budget)) if !family.keeps_budgets() => {
                return refuse(format!(
                    "the reasoning budget is {budget} tokens, and this model finds out itself how \
                     long to think: set reasoning_effort to a word, such as `High`"
                ));
            }
            Some(ReasoningEffort::Budget(budget)) => {
                return Self::exactly(budget, limit, max_tokens);
            }
            Some(effort) => effort,
        };
        let (word, budget) = match effort {
            ReasoningEffort::Minimal => ("low", LEAST),
            ReasoningEffort::Low => ("low", 2_048),
            ReasoningEffort::High => ("high", 16_384),
            ReasoningEffort::Max => ("max", 32_768),
            _ => ("medium", 8_192),
        };
        if family.adapts() {
            return Ok(plan(Some(Thinking::Adaptive), Some(word)));
        }
        if max_tokens <= LEAST {
            return invalid(format!(
                "max_tokens is {max_tokens}, and a model that thinks needs more than {LEAST}: set \
                 more, or reasoning_effort to `None`"
            ));
        }
        // At least half of the tokens are left for what the thoughts are for.
        let budget = budget.min(max_tokens / 2).max(LEAST);
        Ok(plan(Some(Thinking::Enabled { budget_tokens: budget }), None))
    }

    /// A budget that was asked for to the token.
    fn exactly(budget: u64, limit: Option<u64>, max_tokens: u64) -> Result<Self> {
        if budget < LEAST {
            return invalid(format!(
                "the reasoning budget is {budget} tokens, and the API takes none below {LEAST}"
            ));
        }
        let max_tokens = match limit {
            Some(limit) if limit <= budget => {
                return invalid(format!(
                    "the reasoning budget is {budget} tokens and max_tokens {limit}, which includes \
                     it: set max_tokens higher"
                ));
            }
            Some(limit) => limit,
            None if max_tokens <= budget => budget.saturating_add(max_tokens),
            None => max_tokens,
        };
        let thinking = Some(Thinking::Enabled { budget_tokens: budget });
        Ok(Self { max_tokens, thinking, effort: None })
    }

    /// Whether the model is told to think.
    pub(super) fn thinks(&self) -> bool {
        matches!(self.thinking, Some(Thinking::Enabled { .. } | Thinking::Adaptive))
    }
}
