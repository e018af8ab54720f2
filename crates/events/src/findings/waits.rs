//! Finds waits for limits.

use std::{collections::BTreeMap, time::Duration};

use super::{
    amount::{count, share, time},
    analysis::Analysis,
    finding::{Finding, FindingLevel},
    finding_code::FindingCode,
};
use crate::{TraceRun, trace::time_shares::union};

/// The runs of a call that have waited for the same reason.
#[derive(Default)]
struct Waits<'a> {
    runs: Vec<&'a TraceRun>,
    intervals: Vec<(Duration, Duration)>,
    longest: Duration,
}

pub(super) fn find(analysis: &mut Analysis<'_>) {
    let mut waits: BTreeMap<(usize, &str), Waits<'_>> = BTreeMap::new();
    for run in analysis.trace.runs() {
        for wait in run.waits() {
            let root = analysis.trace.root(run).number();
            let waits = waits.entry((root, wait.reason)).or_default();
            if waits.runs.last().is_none_or(|last| last.number() != run.number()) {
                waits.runs.push(run);
            }
            waits.intervals.push((wait.from, wait.to));
            waits.longest = waits.longest.max(wait.to.saturating_sub(wait.from));
        }
    }
    for ((_, reason), waits) in waits {
        let Some(run) = waits.runs.first().copied() else { continue };
        let number = u64::try_from(waits.intervals.len()).unwrap_or(u64::MAX);
        let sum = union(waits.intervals, Duration::ZERO, Duration::MAX);
        if !analysis.matters(sum, run) {
            continue;
        }
        let (limit, level, advice) = explained(reason);
        let finding = Finding::new(FindingCode::Wait, level, waits.runs.iter().copied());
        analysis.findings.push(
            finding
                .title(format!("Waited {} for {limit}", time(sum)))
                .text(format!(
                    "{} of the call was spent in {}. The longest wait took {}. Waits at the same \
                     time count once.",
                    share(sum, analysis.call_time(run)),
                    count(number, "wait"),
                    time(waits.longest),
                ))
                .advice(advice)
                .cost(sum),
        );
    }
}

/// Returns the name of the limit, the level of the finding, and the advice.
fn explained(reason: &str) -> (String, FindingLevel, &'static str) {
    match reason {
        "rate_limit" => (
            "a rate limit".to_owned(),
            FindingLevel::Warning,
            "Send fewer or smaller requests, raise the limit, or distribute the calls over several \
             models.",
        ),
        "budget" => (
            "a budget".to_owned(),
            FindingLevel::Warning,
            "Raise the budget, or use a cheaper model or shorter prompts.",
        ),
        "concurrency" => (
            "a permit of `max_concurrency`".to_owned(),
            FindingLevel::Info,
            "If the service allows more requests at the same time, raise `max_concurrency`.",
        ),
        other => (format!("`{other}`"), FindingLevel::Info, "Check whether the wait is intended."),
    }
}
