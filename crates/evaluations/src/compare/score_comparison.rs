//! [`ScoreComparison`]: the scores of two runs by one scorer.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::{interval::Estimate, report::CandidateReport};

/// The scores of two runs by one scorer, for the examples that both runs have scored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ScoreComparison {
    /// The name of the candidate. If the names of the two runs differ, it is `before → after`.
    pub candidate: String,
    /// The name of the scorer.
    pub scorer: String,
    /// The mean score before.
    pub before: f64,
    /// The mean score after.
    pub after: f64,
    /// The mean difference: after minus before.
    pub difference: Estimate,
    /// The examples whose score is lower than before, the largest loss first.
    pub worse: Vec<ScoreChange>,
    /// The examples whose score is higher than before, the largest gain first.
    pub better: Vec<ScoreChange>,
}

/// An example whose score has changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ScoreChange {
    /// The key of the example.
    pub key: String,
    /// The score before.
    pub before: f64,
    /// The score after.
    pub after: f64,
}

impl ScoreComparison {
    /// Compares the scores by a scorer. Returns `None` if no example has two scores. Also returns
    /// the number of examples that have a score before, and none after.
    pub(super) fn new(
        before: &CandidateReport,
        after: &CandidateReport,
        scorer: &str,
    ) -> (Option<Self>, u64) {
        let items: HashMap<_, _> = after.items.iter().map(|item| (&*item.key, item)).collect();
        let mut changes = Vec::new();
        let mut unmatched = 0;
        for old in &before.items {
            let Some(old_score) = old.score(scorer) else { continue };
            // An example that was changed is another example.
            let new = items.get(&*old.key).filter(|new| new.digest == old.digest);
            match new.and_then(|new| new.score(scorer)) {
                Some(after) => {
                    changes.push(ScoreChange { key: old.key.clone(), before: old_score, after });
                }
                None => unmatched += 1,
            }
        }
        let pairs: Vec<_> = changes.iter().map(|change| (change.before, change.after)).collect();
        let comparison = Estimate::of_difference(&pairs).map(|difference| {
            let count = pairs.len() as f64;
            let by_loss = |a: &ScoreChange, b: &ScoreChange| a.gain().total_cmp(&b.gain());
            changes.sort_by(by_loss);
            let worse = changes.iter().filter(|change| change.gain() < 0.0).cloned();
            let better = changes.iter().rev().filter(|change| change.gain() > 0.0).cloned();
            Self {
                candidate: candidate_name(&before.name, &after.name),
                scorer: scorer.to_owned(),
                before: pairs.iter().map(|pair| pair.0).sum::<f64>() / count,
                after: pairs.iter().map(|pair| pair.1).sum::<f64>() / count,
                difference,
                worse: worse.collect(),
                better: better.collect(),
            }
        });
        (comparison, unmatched)
    }

    /// Returns whether the score is significantly lower than before, by more than `tolerance`: the
    /// whole confidence interval of the difference is below `-tolerance`.
    pub fn is_regression(&self, tolerance: f64) -> bool {
        // `max` also replaces a tolerance that is not a number.
        self.difference.high < -tolerance.max(0.0)
    }
}

impl ScoreChange {
    fn gain(&self) -> f64 {
        self.after - self.before
    }
}

fn candidate_name(before: &str, after: &str) -> String {
    if before == after { after.to_owned() } else { format!("{before} → {after}") }
}
