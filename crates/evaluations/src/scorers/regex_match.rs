//! [`RegexMatch`]: searches the output for a regular expression.

use regex_lite::Regex;
use runnable_core::{Error, ErrorKind, Result, RunContext, Runnable, StepInfo};

use crate::{score::Score, scored::Scored};

/// Creates a scorer that returns 1 if the output contains a match of the pattern, and 0 otherwise.
///
/// To match the complete output, begin the pattern with `^` and end it with `$`. The syntax is that
/// of the crate `regex-lite`.
///
/// # Errors
///
/// Returns [`ErrorKind::InvalidInput`] if the pattern is invalid.
///
/// # Examples
///
/// ```
/// use runnable_core::prelude::*;
/// use runnable_evaluations::{Scored, matches_regex};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let has_date = matches_regex(r"\d{4}-\d{2}-\d{2}")?;
/// let scored = Scored::new("When?", "", "On 2026-11-29.");
/// assert_eq!(has_date.invoke(scored).await?.value, 1.0);
/// # Ok(())
/// # }
/// ```
#[doc(alias = "RegexMatchStringEvaluator")]
pub fn matches_regex(pattern: &str) -> Result<RegexMatch> {
    Ok(RegexMatch { pattern: Some(compiled(pattern)?) })
}

/// Creates a scorer that returns 1 if the output contains a match of the expected value, which is a
/// regular expression.
///
/// If the expected value is missing or is not a valid pattern, the scorer fails.
pub fn matches_expected_regex() -> RegexMatch {
    RegexMatch { pattern: None }
}

/// A scorer that searches the output for a regular expression. Created by [`matches_regex`] and
/// [`matches_expected_regex`].
#[derive(Clone, Debug)]
#[must_use = "a step does nothing until it is run"]
pub struct RegexMatch {
    /// `None` if the expected value is the pattern.
    pattern: Option<Regex>,
}

impl Runnable for RegexMatch {
    type Input = Scored;
    type Output = Score;

    async fn run(&self, scored: Scored, _: RunContext) -> Result<Score> {
        let output = scored.output_text();
        Ok(Score::from(match &self.pattern {
            Some(pattern) => pattern.is_match(&output),
            None => compiled(&scored.required_expected_text()?)?.is_match(&output),
        }))
    }

    fn info(&self) -> StepInfo {
        StepInfo::new("RegexMatch")
    }
}

fn compiled(pattern: &str) -> Result<Regex> {
    Regex::new(pattern).map_err(|error| {
        let message = format!("invalid regular expression: {error}");
        Error::new(ErrorKind::InvalidInput, message).with_source(error)
    })
}
