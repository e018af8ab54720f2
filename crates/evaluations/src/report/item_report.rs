//! [`ItemReport`]: the result of one example.

use std::{collections::BTreeMap, time::Duration};

use runnable_jobs::JobResult;
use serde::{Deserialize, Serialize};

use crate::score::Score;

/// The result of a candidate for one example.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ItemReport {
    /// The key of the example.
    pub key: String,
    /// A digest of the input and the expected value. It is used to recognize changed examples.
    pub digest: String,
    /// Whether the example has no expected value.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lacks_expected: bool,
    /// The time of the call in milliseconds, including retries.
    pub elapsed_ms: u64,
    /// The error of the candidate. `None` if it has answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The score by each scorer.
    pub scores: BTreeMap<String, ItemScore>,
}

impl ItemReport {
    pub(crate) fn new(
        key: &str,
        digest: &str,
        lacks_expected: bool,
        answer: &Option<JobResult>,
    ) -> Self {
        let answer = answer.as_ref();
        let elapsed = answer.map_or(Duration::ZERO, |answer| answer.elapsed);
        let error = match answer.map(|answer| &answer.result) {
            Some(Ok(_)) => None,
            Some(Err(failed)) => Some(failed.message.clone()),
            None => Some("the candidate has no answer".to_owned()),
        };
        Self {
            key: key.to_owned(),
            digest: digest.to_owned(),
            lacks_expected,
            elapsed_ms: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
            error,
            scores: BTreeMap::new(),
        }
    }

    /// Returns the score by a scorer, if there is one.
    pub(crate) fn score(&self, scorer: &str) -> Option<f64> {
        self.scores.get(scorer).and_then(|score| score.value)
    }
}

/// The score of an example by one scorer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ItemScore {
    /// The score from 0 to 1. It is 0 if the candidate failed, and `None` if the scorer failed.
    pub value: Option<f64>,
    /// The comment of the scorer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// The error of the scorer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl ItemScore {
    pub(crate) fn of(score: Score) -> Self {
        Self { value: Some(score.value), comment: score.comment, error: None }
    }

    /// Returns the score of an example for which the candidate failed.
    pub(crate) fn without_answer() -> Self {
        let comment = Some("the candidate failed".to_owned());
        Self { value: Some(0.0), comment, error: None }
    }

    pub(crate) fn failed(error: String) -> Self {
        Self { value: None, comment: None, error: Some(error) }
    }
}
