//! Joins similar findings about the same step.

use std::{cmp::Reverse, collections::HashMap};

use super::{amount::count, finding::Finding, finding_code::FindingCode};
use crate::{Trace, TraceRun};

/// Joins findings that have the same code and are about the same step, such as findings about each
/// item of a batch. The text of the most expensive finding remains.
pub(super) fn grouped(trace: &Trace, findings: Vec<Finding>) -> Vec<Finding> {
    let mut groups: HashMap<(FindingCode, String), Vec<Finding>> = HashMap::new();
    let mut order = Vec::new();
    for finding in findings {
        let key = (finding.code, step_of(trace, &finding));
        let group = groups.entry(key.clone()).or_default();
        if group.is_empty() {
            order.push(key);
        }
        group.push(finding);
    }
    order.iter().filter_map(|key| joined(groups.remove(key)?)).collect()
}

fn joined(mut group: Vec<Finding>) -> Option<Finding> {
    group.sort_by_key(|found| (Reverse(found.level), Reverse(found.cost)));
    let number = u64::try_from(group.len()).unwrap_or(u64::MAX);
    let mut group = group.into_iter();
    let mut first = group.next()?;
    for other in group {
        first.runs.extend(other.runs);
        first.cost = match (first.cost, other.cost) {
            (Some(cost), Some(more)) => Some(cost.saturating_add(more)),
            (cost, more) => cost.or(more),
        };
        first.tokens = match (first.tokens, other.tokens) {
            (Some(tokens), Some(more)) => Some(tokens + more),
            (tokens, more) => tokens.or(more),
        };
    }
    if number > 1 {
        first.title = format!("{} ({})", first.title, count(number, "time"));
    }
    Some(first)
}

/// Returns the step of the first run of a finding: the names and positions of the runs from the
/// root to it. Attempts of the same step have the same position.
fn step_of(trace: &Trace, finding: &Finding) -> String {
    let run = finding.runs.first().and_then(|found| trace.runs().get(found.number));
    let Some(run) = run else { return String::new() };
    let ancestors = trace.ancestors(run);
    [run].into_iter().chain(ancestors).map(step).collect::<Vec<_>>().join("\n")
}

fn step(run: &TraceRun) -> String {
    let tag = run.position.tag.as_deref().unwrap_or_default();
    let tag = if tag.starts_with("retry:attempt:") { "" } else { tag };
    format!("{} {tag}", run.name)
}
