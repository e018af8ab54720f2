//! Finds steps that have blocked the thread.

use std::time::Duration;

use serde_json::Value;

use super::{
    amount::{count, time},
    analysis::Analysis,
    finding::{Finding, FindingLevel},
    finding_code::FindingCode,
};
use crate::{RecordedData, TraceRun};

/// Reads the reports with the name `blocked`, because other events do not show that a thread was
/// blocked.
pub(super) fn find(analysis: &mut Analysis<'_>) {
    for run in analysis.trace.runs() {
        let polls: Vec<_> =
            run.occurrences.iter().filter_map(|occurrence| poll_of(&occurrence.data)).collect();
        let Some(longest) = polls.iter().max() else { continue };
        let sum = polls.iter().sum();
        let number = u64::try_from(polls.len()).unwrap_or(u64::MAX);
        let finding = Finding::new(FindingCode::BlockedThread, FindingLevel::Warning, [run]);
        analysis.findings.push(
            finding
                .title(format!("`{}` blocked the thread for {}", run.name, time(sum)))
                .text(format!(
                    "It did not yield to the runtime {}, for up to {}. No other task of the thread \
                     could continue.",
                    count(number, "time"),
                    time(*longest),
                ))
                .advice(advice(run))
                .cost(sum),
        );
    }
}

fn poll_of(data: &RecordedData) -> Option<Duration> {
    match data {
        RecordedData::Report { name, data, .. } if name == "blocked" => {
            let milliseconds = data.get("poll_ms").and_then(Value::as_f64)?;
            Duration::try_from_secs_f64(milliseconds / 1e3).ok()
        }
        _ => None,
    }
}

fn advice(run: &TraceRun) -> &'static str {
    if run.source.is_some() {
        "Run blocking code and long computations with `tokio::task::spawn_blocking`, and use the \
         async methods of clients."
    } else {
        "If you wrote the step, run blocking code with `tokio::task::spawn_blocking`."
    }
}
