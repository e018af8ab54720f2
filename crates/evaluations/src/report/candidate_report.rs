//! [`CandidateReport`]: the results of a candidate.

use std::time::Duration;

use runnable_chat::metering::UsageTotals;
use runnable_jobs::JobResult;
use serde::{Deserialize, Serialize};

use super::{
    item_report::{ItemReport, ItemScore},
    score_summary::ScoreSummary,
};

/// The results of a candidate. Part of an [`EvaluationReport`](super::EvaluationReport).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CandidateReport {
    /// The name of the candidate.
    pub name: String,
    /// The scores by each scorer, in the order in which the scorers were added.
    pub scores: Vec<ScoreSummary>,
    /// The number of examples for which the candidate failed. Their scores are 0.
    pub failed: u64,
    /// The median of the times of the answers, including retries. `None` if there are no answers.
    pub median_latency: Option<Duration>,
    /// The 95th percentile of the times of the answers: 95 % of the answers were not slower.
    pub p95_latency: Option<Duration>,
    /// The tokens and the cost of the models of the candidate, without the scorers.
    pub usage: UsageTotals,
    /// The result of each example, in the order of the examples.
    pub items: Vec<ItemReport>,
}

impl CandidateReport {
    /// Creates a report without scores from the result of each example and its answer.
    pub(crate) fn new<'a>(
        name: &str,
        results: impl Iterator<Item = (ItemReport, &'a Option<JobResult>)>,
    ) -> Self {
        let mut usage = UsageTotals::default();
        let mut latencies = Vec::new();
        let mut items = Vec::new();
        for (item, answer) in results {
            if let Some(answer) = answer {
                usage += answer.usage.clone();
                latencies.extend(item.error.is_none().then_some(answer.elapsed));
            }
            items.push(item);
        }
        latencies.sort_unstable();
        Self {
            name: name.to_owned(),
            scores: Vec::new(),
            failed: items.iter().filter(|item| item.error.is_some()).count() as u64,
            median_latency: percentile(&latencies, 50),
            p95_latency: percentile(&latencies, 95),
            usage,
            items,
        }
    }

    /// Adds the scores by a scorer, in the order of the examples.
    pub(crate) fn add_scores(&mut self, scorer: &str, scores: Vec<ItemScore>, usage: UsageTotals) {
        self.scores.push(ScoreSummary::new(scorer, &scores, usage));
        for (item, score) in self.items.iter_mut().zip(scores) {
            item.scores.insert(scorer.to_owned(), score);
        }
    }

    /// Returns the mean score by a scorer. Returns `None` if the scorer is unknown, or if no answer
    /// has a score.
    pub fn mean(&self, scorer: &str) -> Option<f64> {
        let summary = self.scores.iter().find(|summary| summary.scorer == scorer)?;
        summary.mean.as_ref().map(|mean| mean.value)
    }

    /// Returns the result of an example.
    pub fn item(&self, key: &str) -> Option<&ItemReport> {
        self.items.iter().find(|item| item.key == key)
    }
}

/// Returns the smallest time that is not exceeded by `percent` of the times, which are sorted.
fn percentile(sorted: &[Duration], percent: usize) -> Option<Duration> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}
