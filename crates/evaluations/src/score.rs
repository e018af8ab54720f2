//! [`Score`]: the output of a scorer.

use runnable_core::{Error, ErrorKind, Result, impl_at_once};
use serde::{Deserialize, Serialize};

/// How good an output is: a number from 0 to 1, with an optional comment.
///
/// A scorer may also return a `bool` or an `f64`. If a scorer returns a number outside this range,
/// the output has no score, and the scorer counts as failed.
///
/// # Examples
///
/// ```
/// use runnable_evaluations::Score;
///
/// let score = Score::new(0.5).with_comment("The answer is correct, but too long.");
/// assert_eq!(Score::from(true), Score::new(1.0));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Score {
    /// The number, from 0 to 1.
    pub value: f64,
    /// The reason for the number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

impl_at_once!(Score);

impl Score {
    /// Creates a score.
    pub fn new(value: f64) -> Self {
        Self { value, comment: None }
    }

    /// Sets the comment.
    #[must_use]
    pub fn with_comment(self, comment: impl Into<String>) -> Self {
        Self { comment: Some(comment.into()), ..self }
    }

    /// Returns the score if it is from 0 to 1.
    pub(crate) fn checked(self) -> Result<Self> {
        let value = self.value;
        if (0.0..=1.0).contains(&value) {
            return Ok(self);
        }
        let message = format!("invalid score: expected a number from 0 to 1, found {value}");
        Err(Error::new(ErrorKind::Other, message))
    }
}

impl From<bool> for Score {
    fn from(passes: bool) -> Self {
        Self::new(f64::from(u8::from(passes)))
    }
}

impl From<f64> for Score {
    fn from(value: f64) -> Self {
        Self::new(value)
    }
}
