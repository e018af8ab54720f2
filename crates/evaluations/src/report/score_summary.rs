//! [`ScoreSummary`]: the scores of a candidate by one scorer.

use runnable_chat::metering::UsageTotals;
use serde::{Deserialize, Serialize};

use super::item_report::ItemScore;
use crate::interval::Estimate;

/// The scores of a candidate by one scorer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ScoreSummary {
    /// The name of the scorer.
    pub scorer: String,
    /// The mean of the scores. `None` if no answer has a score.
    pub mean: Option<Estimate>,
    /// The number of answers without a score, because the scorer failed.
    pub failed: u64,
    /// The tokens and the cost of the models of the scorer.
    pub usage: UsageTotals,
}

impl ScoreSummary {
    pub(super) fn new(scorer: &str, scores: &[ItemScore], usage: UsageTotals) -> Self {
        let values: Vec<_> = scores.iter().filter_map(|score| score.value).collect();
        Self {
            scorer: scorer.to_owned(),
            mean: Estimate::of_mean(&values),
            failed: (scores.len() - values.len()) as u64,
            usage,
        }
    }
}
