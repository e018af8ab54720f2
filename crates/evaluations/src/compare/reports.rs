//! The methods of reports that compare them.

use super::comparison::Comparison;
use crate::report::{CandidateReport, EvaluationReport};

impl EvaluationReport {
    /// Compares the candidates of this report with the candidates of the same names in an earlier
    /// report, example by example.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    /// use runnable_evaluations::{Evaluation, Example, examples, exact_match};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// # let temporary = tempfile::tempdir()?;
    /// # let (monday, tuesday) = (temporary.path().join("mon"), temporary.path().join("tue"));
    /// let evaluation = |folder| {
    ///     Evaluation::new(folder)
    ///         .examples(examples((0..40_u32).map(|number| Example::new(number, number))))
    ///         .scorer("exact", exact_match())
    /// };
    /// let before = evaluation(monday).candidate("copy", lambda(|n: u32| n)).run().await?;
    /// let broken = lambda(|n: u32| if n < 10 { 0 } else { n });
    /// let after = evaluation(tuesday).candidate("copy", broken).run().await?;
    ///
    /// let comparison = after.compare(&before);
    /// assert!(comparison.is_regression(0.0));
    /// assert_eq!(comparison.scores[0].worse.len(), 9);
    /// assert_eq!(comparison.exit_status(0.0), 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn compare(&self, before: &Self) -> Comparison {
        let mut comparison = Comparison::default();
        for old in &before.candidates {
            match self.candidate(&old.name) {
                Some(new) => comparison.add(old, new),
                None => comparison.missing.push(format!("the candidate `{}`", old.name)),
            }
        }
        comparison
    }
}

impl CandidateReport {
    /// Compares this candidate with another candidate, or with an earlier run of the candidate,
    /// example by example.
    pub fn compare(&self, before: &Self) -> Comparison {
        let mut comparison = Comparison::default();
        comparison.add(before, self);
        comparison
    }
}
