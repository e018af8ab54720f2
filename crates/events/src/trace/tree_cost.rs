//! [`TreeCost`]: the cost of the models in a tree of runs.

use runnable_chat::{
    AiMessage,
    pricing::{Cost, Prices, UnknownCost},
};
use serde_json::Value;

use super::{run::TraceRun, trace::Trace};

/// The cost of the models in a tree of runs.
///
/// Returned by [`Trace::cost`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TreeCost {
    /// The sum of all known costs, including calls that failed.
    pub total: Cost,
    /// The cost of calls that failed or were cancelled, or that belong to a run that failed or was
    /// cancelled. It is part of `total`.
    pub failed: Cost,
    /// The number of calls of models whose cost is not known. Unless it is 0, `total` is a lower
    /// bound.
    pub unknown: u64,
    /// The reason why the first of these costs is not known.
    pub reason: Option<UnknownCost>,
}

impl Trace {
    /// Returns the cost of the models in a run of this trace and in all runs inside it.
    ///
    /// The calls are the same as for [`usage`](Self::usage). The prices are those at the time of
    /// each call.
    ///
    /// ```
    /// use runnable_chat::pricing::{Cost, Prices};
    /// use runnable_events::Trace;
    ///
    /// fn cost(trace: &Trace) -> Cost {
    ///     let prices = Prices::shipped();
    ///     let costs = trace.roots().map(|root| trace.cost(root, &prices).total);
    ///     costs.sum()
    /// }
    /// assert!(cost(&Trace::new()).is_zero());
    /// ```
    pub fn cost(&self, run: &TraceRun, prices: &Prices) -> TreeCost {
        let mut sum = TreeCost::default();
        for call in self.model_calls(run) {
            match call.cost(prices) {
                Ok(cost) => {
                    sum.total += cost;
                    if self.has_failed_within(call, run) {
                        sum.failed += cost;
                    }
                }
                Err(reason) => {
                    sum.unknown = sum.unknown.saturating_add(1);
                    sum.reason = sum.reason.or(Some(reason));
                }
            }
        }
        sum
    }
}

impl TraceRun {
    /// Returns the cost of this call of a model, at the prices that applied at the time of the
    /// call.
    ///
    /// # Errors
    ///
    /// Returns the reason if the cost is unknown, for example because this is not the run of a
    /// model.
    ///
    /// ```
    /// use runnable_chat::pricing::Prices;
    /// use runnable_events::TraceRun;
    ///
    /// fn text(run: &TraceRun, prices: &Prices) -> String {
    ///     run.cost(prices).map_or_else(|reason| reason.to_string(), |cost| cost.to_string())
    /// }
    /// ```
    pub fn cost(&self, prices: &Prices) -> Result<Cost, UnknownCost> {
        let mut answer = AiMessage::default();
        answer.provider = self.provider.as_deref().map(|provider| provider.to_owned().into());
        answer.model = self.model.as_deref().map(str::to_owned);
        answer.usage = self.usage;
        // The service tier is part of the metadata.
        let metadata = self.output.as_deref().and_then(|output| output.get("response_metadata"));
        if let Some(Value::Object(metadata)) = metadata {
            answer.metadata.clone_from(metadata);
        }
        prices.cost_of_answer(&answer, self.started)
    }
}
