//! [`Occurrence`]: an event in a run that is neither its start, a chunk, nor its end.

use std::{sync::Arc, time::Duration};

use crate::{RecordedData, RecordedError};

/// An event in a run that is neither its start, a chunk, nor its end.
///
/// It is a custom event, a retry, a fallback, a wait, a report, or an event whose kind this version
/// of the crate does not know.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Occurrence {
    /// The time of the event, since the start of the trace.
    pub at: Duration,
    /// The event.
    pub data: Arc<RecordedData>,
}

/// A failed attempt, after which the run has waited for the next attempt.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct TraceRetry<'a> {
    /// The time at which the wait started, since the start of the trace.
    pub at: Duration,
    /// The number of the attempt that failed, counted from 1.
    pub attempt: u32,
    /// The delay before the next attempt.
    pub wait: Duration,
    /// The error of the failed attempt.
    pub error: &'a RecordedError,
}

/// A step that failed, and was replaced by another step.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct TraceFallback<'a> {
    /// The time of the replacement, since the start of the trace.
    pub at: Duration,
    /// The number of the fallback that was tried next, counted from 1.
    pub number: u32,
    /// The error of the step that failed.
    pub error: &'a RecordedError,
}

/// A time for which a run has waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TraceWait<'a> {
    /// The time at which the wait started, since the start of the trace.
    pub from: Duration,
    /// The time at which the run continued, since the start of the trace.
    pub to: Duration,
    /// The reason, such as `rate_limit`.
    pub reason: &'a str,
}

impl Occurrence {
    pub(super) fn as_retry(&self) -> Option<TraceRetry<'_>> {
        match &*self.data {
            RecordedData::Retry { attempt, wait, error, .. } => {
                Some(TraceRetry { at: self.at, attempt: *attempt, wait: *wait, error })
            }
            _ => None,
        }
    }

    pub(super) fn as_fallback(&self) -> Option<TraceFallback<'_>> {
        match &*self.data {
            RecordedData::Fallback { number, error, .. } => {
                Some(TraceFallback { at: self.at, number: *number, error })
            }
            _ => None,
        }
    }

    pub(super) fn as_wait(&self) -> Option<TraceWait<'_>> {
        match &*self.data {
            RecordedData::Wait { reason, wait, .. } => {
                let from = self.at.saturating_sub(*wait);
                Some(TraceWait { from, to: self.at, reason })
            }
            _ => None,
        }
    }
}
