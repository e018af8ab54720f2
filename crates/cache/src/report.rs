//! [`CacheReport`]: what a cache did in a run of a model.

use std::time::Duration;

use runnable_core::Error;
use serde::Serialize;

/// The name of the report event in which a cache describes what it did.
pub(crate) const REPORT: &str = "cache";

/// What a cache did in a run of a model.
///
/// It is the data of an event of kind [`Report`](runnable_core::RunEventData::Report) with the name
/// `cache`.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct CacheReport {
    /// What the cache did.
    pub outcome: CacheOutcome,
    /// The age of the answer in seconds. `None` unless the outcome is a hit of a single answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age: Option<f64>,
    /// The number of texts whose embeddings were in the cache. `None` for other models.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<usize>,
    /// The message of the error with which the store failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// What a cache did in a run of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CacheOutcome {
    /// The answer came from the cache.
    Hit,
    /// The answer was not in the cache, so the model was called.
    Miss,
    /// The run received the answer of another run, which had sent the same request.
    Shared,
    /// The store failed to look up the answer, so the model was called.
    LookupFailed,
    /// The store failed to keep the answer of this run.
    UpdateFailed,
}

impl CacheReport {
    pub(crate) fn new(outcome: CacheOutcome) -> Self {
        Self { outcome, age: None, found: None, error: None }
    }

    pub(crate) fn hit(age: Duration) -> Self {
        Self { age: Some(age.as_secs_f64()), ..Self::new(CacheOutcome::Hit) }
    }

    /// Creates the report for texts of which `found` were in the cache.
    pub(crate) fn of_texts(found: usize, requested: usize) -> Self {
        let is_hit = found == requested;
        let outcome = if is_hit { CacheOutcome::Hit } else { CacheOutcome::Miss };
        Self { found: Some(found), ..Self::new(outcome) }
    }

    pub(crate) fn failed(outcome: CacheOutcome, error: &Error) -> Self {
        Self { error: Some(error.message()), ..Self::new(outcome) }
    }
}
