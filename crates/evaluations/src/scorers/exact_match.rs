//! [`ExactMatch`]: compares the output with the expected value.

use runnable_core::{Result, RunContext, Runnable, StepInfo};
use serde_json::Value;

use crate::{score::Score, scored::Scored};

/// Creates a scorer that returns 1 if the output is the expected value, and 0 otherwise.
///
/// Texts are compared exactly: see [`ExactMatch::trimmed`] and [`ExactMatch::ignore_case`]. To
/// compare JSON in texts, use [`json_equality`](super::json_equality).
///
/// # Examples
///
/// ```
/// use runnable_core::prelude::*;
/// use runnable_evaluations::{Scored, exact_match};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let scored = Scored::new("Capital of France?", "Paris", "paris\n");
/// assert_eq!(exact_match().invoke(scored.clone()).await?.value, 0.0);
/// assert_eq!(exact_match().trimmed().ignore_case().invoke(scored).await?.value, 1.0);
/// # Ok(())
/// # }
/// ```
#[doc(alias = "ExactMatchStringEvaluator")]
pub fn exact_match() -> ExactMatch {
    ExactMatch { trims: false, ignores_case: false }
}

/// A scorer that compares the output with the expected value. Created by [`exact_match`].
#[derive(Clone, Debug)]
#[must_use = "a step does nothing until it is run"]
pub struct ExactMatch {
    trims: bool,
    ignores_case: bool,
}

impl ExactMatch {
    /// Ignores white space at the beginning and at the end of texts.
    pub fn trimmed(self) -> Self {
        Self { trims: true, ..self }
    }

    /// Ignores the case of letters in texts.
    pub fn ignore_case(self) -> Self {
        Self { ignores_case: true, ..self }
    }

    fn normalized(&self, value: Value) -> Value {
        let Value::String(mut text) = value else { return value };
        if self.trims {
            text = text.trim().to_owned();
        }
        if self.ignores_case {
            text = text.to_lowercase();
        }
        text.into()
    }
}

impl Runnable for ExactMatch {
    type Input = Scored;
    type Output = Score;

    async fn run(&self, scored: Scored, _: RunContext) -> Result<Score> {
        Ok(Score::from(self.normalized(scored.output) == self.normalized(scored.expected)))
    }

    fn info(&self) -> StepInfo {
        StepInfo::new("ExactMatch")
    }
}
