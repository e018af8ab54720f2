//! [`Comparison`]: two runs, compared example by example.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::score_comparison::{ScoreChange, ScoreComparison};
use crate::report::{CandidateReport, Table};

/// The number of changed examples that are printed for each scorer.
const PRINTED: usize = 10;

/// Two runs, compared example by example. Created by
/// [`EvaluationReport::compare`](crate::EvaluationReport::compare) and
/// [`CandidateReport::compare`].
///
/// Examples belong together if they have the same key, input and expected value. The differences of
/// paired scores vary less than the means of two runs, so a comparison detects smaller changes than
/// the intervals in two tables.
///
/// `Display` prints a table, and names the examples that became worse.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
#[must_use = "a comparison tells whether the scores are lower: check `is_regression`"]
pub struct Comparison {
    /// The comparison for each candidate and scorer.
    pub scores: Vec<ScoreComparison>,
    /// What was in the earlier run and cannot be compared: candidates, scorers, or scores of
    /// examples. Each entry is a noun with an article.
    pub missing: Vec<String>,
}

impl Comparison {
    /// Adds the comparison of two candidates.
    pub(crate) fn add(&mut self, before: &CandidateReport, after: &CandidateReport) {
        let name = &after.name;
        for summary in &before.scores {
            let scorer = &summary.scorer;
            if !after.scores.iter().any(|other| other.scorer == *scorer) {
                self.missing.push(format!("the scores of `{name}` by `{scorer}`"));
                continue;
            }
            let (comparison, unmatched) = ScoreComparison::new(before, after, scorer);
            self.scores.extend(comparison);
            if unmatched > 0 {
                let scores = if unmatched == 1 { "score" } else { "scores" };
                self.missing.push(format!("{unmatched} {scores} of `{name}` by `{scorer}`"));
            }
        }
    }

    /// Returns whether a score is significantly lower than before, by more than `tolerance`.
    ///
    /// This is the case if the whole confidence interval of the difference is below `-tolerance`.
    /// With few examples, the interval is wide, and a small regression is not detected.
    pub fn is_regression(&self, tolerance: f64) -> bool {
        self.scores.iter().any(|score| score.is_regression(tolerance))
    }

    /// Returns whether everything in the earlier run could be compared.
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty()
    }

    /// Returns the exit status for CI: 1 if there is a [regression](Self::is_regression), otherwise
    /// 2 if the comparison is not [complete](Self::is_complete), otherwise 0.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use std::process::ExitCode;
    /// use runnable_evaluations::EvaluationReport;
    ///
    /// fn main() -> runnable_core::Result<ExitCode> {
    ///     let before = EvaluationReport::load("evaluations/main/report.json")?;
    ///     let after = EvaluationReport::load("evaluations/branch/report.json")?;
    ///     let comparison = after.compare(&before);
    ///     println!("{comparison}");
    ///     Ok(ExitCode::from(comparison.exit_status(0.0)))
    /// }
    /// ```
    pub fn exit_status(&self, tolerance: f64) -> u8 {
        match () {
            () if self.is_regression(tolerance) => 1,
            () if !self.is_complete() => 2,
            () => 0,
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers = ["candidate", "scorer", "before", "after", "difference", "worse", "better"];
        let mut table = Table::new(headers);
        for score in &self.scores {
            let difference = &score.difference;
            table.push(vec![
                score.candidate.clone(),
                score.scorer.clone(),
                format!("{:.2}", score.before),
                format!("{:.2}", score.after),
                format!(
                    "{} [{}, {}]",
                    signed(difference.value),
                    signed(difference.low),
                    signed(difference.high)
                ),
                format!("{}/{}", score.worse.len(), difference.count),
                format!("{}/{}", score.better.len(), difference.count),
            ]);
        }
        write!(f, "{table}")?;
        for score in self.scores.iter().filter(|score| !score.worse.is_empty()) {
            write!(f, "worse by {}, {}:", score.scorer, score.candidate)?;
            for ScoreChange { key, before, after } in score.worse.iter().take(PRINTED) {
                write!(f, " {key} ({before:.2} → {after:.2})")?;
            }
            match score.worse.len().saturating_sub(PRINTED) {
                0 => writeln!(f)?,
                more => writeln!(f, " and {more} more")?,
            }
        }
        for missing in &self.missing {
            writeln!(f, "not compared: {missing}")?;
        }
        Ok(())
    }
}

/// Returns a difference with its sign and three decimals. So an end of an interval that is close to
/// 0 rarely looks like 0, which matters for [`Comparison::is_regression`].
fn signed(difference: f64) -> String {
    // Adding 0 converts -0 to 0.
    let rounded = (difference * 1000.0).round() / 1000.0 + 0.0;
    format!("{rounded:+.3}")
}
