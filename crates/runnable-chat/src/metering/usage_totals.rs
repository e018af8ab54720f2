//! [`UsageTotals`]: the usage and the cost of calls, by model.

use std::{
    collections::BTreeMap,
    fmt,
    iter::Sum,
    ops::{Add, AddAssign},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{model_id::ModelId, model_usage::ModelUsage, usage_sum::UsageSum};

/// The usage and the cost of calls, by model. Returned by
/// [`UsageMeter::totals`](super::UsageMeter::totals).
///
/// Totals can be added. In JSON, they are a list with an entry for each model. `Display` prints the
/// sum of all models: `3 calls (1 failed), 1200 → 340 tokens, $0.0123`. The tokens of answers from
/// an answer cache are not part of this sum, and the number of these answers follows it.
///
/// # Examples
///
/// ```
/// use runnable_chat::metering::UsageTotals;
///
/// let json = r#"[{"provider": "openai", "model": "gpt-4o",
///     "completed": {"calls": 2, "usage": {"input_tokens": 12, "output_tokens": 3}}}]"#;
/// let totals: UsageTotals = serde_json::from_str(json)?;
/// let both = totals.clone() + totals;
/// assert_eq!(both.to_string(), "4 calls, 24 → 6 tokens, $0.0000");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UsageTotals {
    models: BTreeMap<ModelId, ModelUsage>,
}

/// The form of a model in JSON.
#[derive(Serialize, Deserialize)]
struct Entry {
    #[serde(flatten)]
    model: ModelId,
    #[serde(flatten)]
    usage: ModelUsage,
}

impl UsageTotals {
    /// Returns the models and their usage, ordered by the names of the providers and models.
    pub fn models(&self) -> impl ExactSizeIterator<Item = (&ModelId, &ModelUsage)> {
        self.models.iter()
    }

    /// Returns the usage of a model. It is empty if the model was not called.
    pub fn model(&self, provider: &str, model: &str) -> ModelUsage {
        self.models.get(&ModelId::new(provider, model)).copied().unwrap_or_default()
    }

    /// Returns the sum of all models, by the outcome of the calls.
    pub fn by_outcome(&self) -> ModelUsage {
        self.models.values().copied().sum()
    }

    /// Returns the sum of all calls of all models.
    pub fn total(&self) -> UsageSum {
        self.by_outcome().total()
    }

    /// Returns whether no model was called.
    pub fn is_empty(&self) -> bool {
        self.models.is_empty()
    }

    pub(super) fn add_call(&mut self, model: ModelId, usage: ModelUsage) {
        *self.models.entry(model).or_default() += usage;
    }
}

impl AddAssign for UsageTotals {
    fn add_assign(&mut self, other: Self) {
        for (model, usage) in other.models {
            self.add_call(model, usage);
        }
    }
}

impl Add for UsageTotals {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        self += other;
        self
    }
}

impl Sum for UsageTotals {
    fn sum<I: Iterator<Item = Self>>(totals: I) -> Self {
        totals.fold(Self::default(), Add::add)
    }
}

/// Prints the sum of all models in one line.
impl fmt::Display for UsageTotals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (outcomes, total) = (self.by_outcome(), self.total());
        write!(f, "{} call{}", total.calls, if total.calls == 1 { "" } else { "s" })?;
        let others = [(outcomes.failed.calls, "failed"), (outcomes.cancelled.calls, "cancelled")];
        let others = others.into_iter().filter(|(calls, _)| *calls > 0);
        let others: Vec<_> = others.map(|(calls, outcome)| format!("{calls} {outcome}")).collect();
        if !others.is_empty() {
            write!(f, " ({})", others.join(", "))?;
        }
        let usage = total.usage.billed();
        write!(f, ", {} → {} tokens, {}", usage.input_tokens, usage.output_tokens, total.cost)?;
        match total.usage.answer_cache_details.answers {
            0 => Ok(()),
            1 => f.write_str(", 1 answer from the cache"),
            count => write!(f, ", {count} answers from the cache"),
        }
    }
}

impl Serialize for UsageTotals {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let entry =
            |(model, usage): (&ModelId, &ModelUsage)| Entry { model: model.clone(), usage: *usage };
        serializer.collect_seq(self.models.iter().map(entry))
    }
}

impl<'de> Deserialize<'de> for UsageTotals {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut totals = Self::default();
        for Entry { model, usage } in Vec::<Entry>::deserialize(deserializer)? {
            totals.add_call(model, usage);
        }
        Ok(totals)
    }
}
