//! [`TraceEvent`]: an object in the list of trace events.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};

/// An object in the list of trace events.
#[derive(Debug, Serialize)]
pub(super) struct TraceEvent<'a> {
    /// The phase: `b` and `e` begin and end an asynchronous slice, `n` is an instant in it, `C` is
    /// a counter, and `M` is metadata.
    pub(super) ph: &'static str,
    pub(super) name: &'a str,
    /// The category: the kind of the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cat: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<&'a str>,
    pub(super) pid: usize,
    pub(super) tid: usize,
    /// The time since the start of the trace in microseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ts: Option<f64>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub(super) args: Map<String, Value>,
}

pub(super) fn microseconds(time: Duration) -> f64 {
    // Whole microseconds are exact, and the nanoseconds are the fraction.
    time.as_micros() as f64 + f64::from(time.subsec_nanos() % 1000) / 1e3
}
