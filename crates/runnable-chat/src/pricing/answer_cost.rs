//! The cost of an answer.

use std::time::SystemTime;

use runnable_core::Metadata;
use serde_json::Value;

use super::{
    cost::Cost,
    price_query::{PROCESSING, PriceQuery},
    prices::Prices,
    unknown_cost::UnknownCost,
};
use crate::{AiMessage, Usage};

/// The provider whose answers state their cost in dollars.
const OPENROUTER: &str = "openrouter";

/// The fields of an answer that determine its cost.
pub(crate) struct AnswerFacts<'a> {
    pub(crate) provider: Option<&'a str>,
    pub(crate) model: Option<&'a str>,
    pub(crate) usage: Option<&'a Usage>,
    pub(crate) metadata: Option<&'a Metadata>,
}

impl Prices {
    /// Returns the cost of a call that returned this answer.
    ///
    /// The answer states its provider, its model, its usage, its service tier, and whether it came
    /// from a Batch API. If an answer of OpenRouter states its cost, this cost is returned. An answer that came from an answer cache
    /// costs nothing. `time` is the time of the call, because prices change.
    ///
    /// # Errors
    ///
    /// Returns the reason if the cost is unknown.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use runnable_chat::{AiMessage, Usage, pricing::{Prices, UnknownCost}};
    ///
    /// let mut answer = AiMessage::new("Paris");
    /// let cost = |answer: &AiMessage| Prices::shipped().cost_of_answer(answer, SystemTime::now());
    /// assert_eq!(cost(&answer), Err(UnknownCost::UnknownUsage));
    ///
    /// answer.provider = Some("openai".into());
    /// answer.model = Some("gpt-4o-mini".into());
    /// answer.usage = Some(Usage::new(1_000_000, 0));
    /// assert_eq!(cost(&answer)?.to_string(), "$0.1500");
    /// # Ok::<(), UnknownCost>(())
    /// ```
    pub fn cost_of_answer(
        &self,
        answer: &AiMessage,
        time: SystemTime,
    ) -> Result<Cost, UnknownCost> {
        let facts = AnswerFacts {
            provider: answer.provider.as_deref(),
            model: answer.model.as_deref(),
            usage: answer.usage.as_ref(),
            metadata: Some(&answer.metadata),
        };
        self.cost_of_facts(&facts, time)
    }

    pub(crate) fn cost_of_facts(
        &self,
        facts: &AnswerFacts<'_>,
        time: SystemTime,
    ) -> Result<Cost, UnknownCost> {
        if facts.usage.is_some_and(Usage::is_cached) {
            return Ok(Cost::ZERO);
        }
        let stated = facts.metadata.and_then(|metadata| metadata.get("cost"));
        let stated = stated.filter(|cost| facts.provider == Some(OPENROUTER) && !cost.is_null());
        if let Some(cost) = stated.and_then(|cost| serde_json::from_value(cost.clone()).ok()) {
            return Ok(cost);
        }
        let usage = facts.usage.ok_or(UnknownCost::UnknownUsage)?;
        let model = facts.model.ok_or(UnknownCost::UnknownModel)?;
        let mut query = PriceQuery::new(facts.provider, model, usage).at(time);
        let metadata = |key| facts.metadata.and_then(|it| it.get(key)).and_then(Value::as_str);
        // The answers of a batch state the default service tier, whose price is not theirs.
        if let Some(processing) = metadata(PROCESSING) {
            query = query.with_context(PROCESSING, processing);
        } else if let Some(tier) = metadata("service_tier") {
            query = query.with_context("service_tier", tier);
        }
        self.cost_of(&query)
    }
}
