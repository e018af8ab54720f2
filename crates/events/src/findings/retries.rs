//! Finds retries, and retry storms.

use std::{
    collections::{BTreeMap, HashSet},
    iter,
    time::Duration,
};

use runnable_chat::Usage;

use super::{
    amount::{count, message, time},
    analysis::Analysis,
    finding::{Finding, FindingLevel},
    finding_code::FindingCode,
};
use crate::TraceRun;

/// The number of failed attempts of nested retries that are a storm. Two policies of two attempts
/// can reach it.
const NESTED: u64 = 4;

/// A run that has retried, with the time and the tokens of its failed attempts.
struct Retried<'a> {
    run: &'a TraceRun,
    failed: u64,
    waited: Duration,
    worked: Duration,
    tokens: Usage,
    is_nested: bool,
}

pub(super) fn find(analysis: &mut Analysis<'_>) {
    let mut calls: BTreeMap<usize, Vec<Retried<'_>>> = BTreeMap::new();
    for run in analysis.trace.runs() {
        if run.retries().next().is_some() {
            let root = analysis.trace.root(run).number();
            calls.entry(root).or_default().push(retried(analysis, run));
        }
    }
    for retried in calls.into_values() {
        let found = match storm(analysis, &retried) {
            Some(storm) => vec![storm],
            None => retried.iter().map(single).collect(),
        };
        analysis.findings.extend(found);
    }
}

fn retried<'a>(analysis: &Analysis<'a>, run: &'a TraceRun) -> Retried<'a> {
    let trace = analysis.trace;
    let attempts = trace.children(run).filter(|child| child.position.attempt.is_some());
    let attempts: Vec<_> = attempts.filter(|attempt| attempt.state.is_failure()).collect();
    let mut worked: Duration = attempts.iter().filter_map(|attempt| attempt.duration()).sum();
    if attempts.is_empty() {
        // The HTTP transport of a model retries requests inside one run, so there is no run for
        // each attempt.
        let last = run.http().map(|exchange| exchange.attempt).max();
        let failed = run.http().filter(|exchange| Some(exchange.attempt) != last);
        worked = failed.filter_map(|exchange| exchange.duration).sum();
    }
    // In a failed run, one more attempt has failed than the number of its retries.
    let failed = run.retries().count().saturating_add(run.state.error().is_some().into());
    Retried {
        run,
        failed: u64::try_from(failed).unwrap_or(u64::MAX),
        waited: run.retries().map(|retry| retry.wait).sum(),
        worked,
        tokens: attempts.iter().map(|attempt| trace.usage(attempt).total.billed()).sum(),
        is_nested: trace.ancestors(run).any(|outer| outer.retries().next().is_some()),
    }
}

/// Returns the finding about the retries of one run.
fn single(retried: &Retried<'_>) -> Finding {
    let Retried { run, failed, waited, worked, tokens, .. } = retried;
    let (waited, worked) = (*waited, *worked);
    let lost = waited.saturating_add(worked);
    let failure = run.state.is_failure();
    let level = if failure { FindingLevel::Error } else { FindingLevel::Warning };
    let result = if failure { "The last attempt failed, too." } else { "Then it succeeded." };
    Finding::new(FindingCode::Retries, level, [*run])
        .title(format!(
            "{} of `{}` failed, {} lost",
            count(*failed, "attempt"),
            run.name,
            time(lost)
        ))
        .text(format!(
            "{}The attempts took {}, the waits between them {}{}. {result}",
            reason_of(run),
            time(worked),
            time(waited),
            tokens_text(tokens),
        ))
        .advice(
            "Correct the cause of the error. If it is a rate limit, limit the concurrency or the \
             rate of the calls.",
        )
        .cost(lost)
        .tokens(*tokens)
}

/// Returns the finding about all retries of a call, if they are a storm.
fn storm(analysis: &Analysis<'_>, retried: &[Retried<'_>]) -> Option<Finding> {
    let limit = analysis.options.storm;
    // The failures of an inner retry are the reason for the failures of the outer retry, so the
    // attempts of the innermost retries are the requests that were sent.
    let nested = retried.iter().filter(|retried| retried.is_nested);
    let outer = nested.flat_map(|nested| analysis.trace.ancestors(nested.run));
    let outer: HashSet<_> = outer.map(TraceRun::number).collect();
    let is_nested = retried.iter().any(|retried| retried.is_nested);
    let innermost = retried.iter().filter(|retried| !outer.contains(&retried.run.number()));
    let total = innermost.fold(0u64, |sum, retried| sum.saturating_add(retried.failed));
    let most = retried.iter().max_by_key(|retried| retried.failed)?;
    let is_storm = most.failed >= limit
        || total >= limit.saturating_mul(2)
        || (is_nested && total >= NESTED.min(limit));
    if !is_storm {
        return None;
    }
    let outermost: Vec<_> = retried.iter().filter(|retried| !retried.is_nested).collect();
    let waited = retried.iter().map(|retried| retried.waited).sum();
    let lost: Duration =
        outermost.iter().map(|outer| outer.waited.saturating_add(outer.worked)).sum();
    let tokens = outermost.iter().map(|outer| outer.tokens).sum();
    let runs = iter::once(most)
        .chain(retried.iter().filter(|other| other.run.number() != most.run.number()));
    let nested = if is_nested { " Retries are nested, so their attempts multiply." } else { "" };
    let finding =
        Finding::new(FindingCode::RetryStorm, FindingLevel::Error, runs.map(|retried| retried.run));
    let advice = if is_nested {
        "Retry at one layer only: remove the inner or the outer retry. Limit the attempts, and let \
         the waits grow."
    } else {
        "Limit the attempts and let the waits grow. If many calls fail at the same time, limit \
         their concurrency, and do not retry errors that are not transient."
    };
    Some(
        finding
            .title(format!("Retry storm: {} failed in one call", count(total, "attempt")))
            .text(format!(
                "{}{} retried, and waited {} in all{}.{nested}",
                reason_of(most.run),
                count(u64::try_from(retried.len()).unwrap_or(u64::MAX), "run"),
                time(waited),
                tokens_text(&tokens),
            ))
            .advice(advice)
            .cost(lost)
            .tokens(tokens),
    )
}

/// Returns the error of the first failed attempt as a sentence.
fn reason_of(run: &TraceRun) -> String {
    run.retries().next().map_or_else(String::new, |retry| {
        format!("The first error was: {} ({}). ", message(&retry.error.message), retry.error.kind)
    })
}

fn tokens_text(tokens: &Usage) -> String {
    match tokens.total_tokens {
        0 => String::new(),
        number => format!(", and they used {}", count(number, "token")),
    }
}
