//! Finds the slowest step on the critical path.

use std::{collections::HashMap, time::Duration};

use super::{
    amount::{share, time},
    analysis::Analysis,
    finding::{Finding, FindingLevel},
    finding_code::FindingCode,
};
use crate::TraceRun;

/// The minimum number of runs with the same name for which the median is the usual duration of the
/// step.
const ALIKE: usize = 3;

/// The factor by which a slow run takes longer than the median of the runs with the same name.
const TIMES: u32 = 3;

/// The runs of a step on the critical path of a call.
struct Step<'a> {
    runs: Vec<(&'a TraceRun, Duration)>,
    time: Duration,
}

pub(super) fn find(analysis: &mut Analysis<'_>) {
    let durations = durations_of_steps(analysis);
    for root in analysis.trace.roots() {
        let mut steps: HashMap<(&str, &str), Step<'_>> = HashMap::new();
        for (run, time) in times_on_path(analysis, root) {
            let step = steps.entry((&run.kind, &run.name));
            let step = step.or_insert(Step { runs: Vec::new(), time: Duration::ZERO });
            step.runs.push((run, time));
            step.time = step.time.saturating_add(time);
        }
        // Of steps that took the same time, the first is reported, so that the result is the same
        // each time.
        let first = |step: &Step<'_>| step.runs.iter().map(|(run, _)| run.number()).min();
        let slowest = steps
            .into_values()
            .max_by(|a, b| a.time.cmp(&b.time).then_with(|| first(b).cmp(&first(a))));
        let Some(mut slowest) = slowest else { continue };
        slowest.runs.sort_by(|(a, a_time), (b, b_time)| {
            b_time.cmp(a_time).then_with(|| a.number().cmp(&b.number()))
        });
        let finding = by_share(analysis, root, &slowest)
            .or_else(|| by_first_chunk(analysis, &slowest))
            .or_else(|| by_others(analysis, &slowest, &durations));
        analysis.findings.extend(finding);
    }
}

/// Returns how long the critical path of a call leads through each run. Waits for limits and
/// retries are not included, because other rules report them.
fn times_on_path<'a>(analysis: &Analysis<'a>, root: &'a TraceRun) -> Vec<(&'a TraceRun, Duration)> {
    let mut times: HashMap<usize, (&TraceRun, Duration)> = HashMap::new();
    for part in analysis.trace.critical_path(root) {
        let entry = times.entry(part.run.number()).or_insert((part.run, Duration::ZERO));
        entry.1 = entry.1.saturating_add(part.duration());
    }
    let steps = times.into_values().filter(|(run, _)| run.number() != root.number());
    let without_waits = steps.map(|(run, time)| {
        let retries = run.retries().map(|retry| retry.wait);
        let waits = run.waits().map(|wait| wait.to.saturating_sub(wait.from));
        (run, time.saturating_sub(retries.chain(waits).sum()))
    });
    without_waits.collect()
}

/// Returns the durations of all completed runs, by kind and name, in ascending order.
fn durations_of_steps<'a>(analysis: &Analysis<'a>) -> HashMap<(&'a str, &'a str), Vec<Duration>> {
    let mut durations: HashMap<(&str, &str), Vec<Duration>> = HashMap::new();
    for run in analysis.trace.runs().iter().filter(|run| !run.state.is_failure()) {
        if let Some(duration) = run.duration() {
            durations.entry((&run.kind, &run.name)).or_default().push(duration);
        }
    }
    durations.values_mut().for_each(|durations| durations.sort_unstable());
    durations
}

fn by_share(analysis: &Analysis<'_>, root: &TraceRun, slowest: &Step<'_>) -> Option<Finding> {
    let (run, _) = slowest.runs.first()?;
    let options = analysis.options;
    let is_slow = slowest.time >= options.slow_time
        && analysis.is_share(slowest.time, root, options.slow_share);
    if run.is_model() || !is_slow {
        return None;
    }
    let times = match slowest.runs.len() {
        1 => String::new(),
        number => format!(" in {number} runs"),
    };
    let runs = slowest.runs.iter().map(|(run, _)| *run);
    Some(
        Finding::new(FindingCode::SlowStep, FindingLevel::Warning, runs)
            .title(format!("`{}` took {}", run.name, time(slowest.time)))
            .text(format!(
                "The result waited for this step during {} of the {} of the call{times}. It is the \
                 slowest step on the critical path.",
                share(slowest.time, analysis.call_time(root)),
                time(analysis.call_time(root)),
            ))
            .advice(
                "Make this step faster, cache its result, or run it at the same time as other \
                 steps with `parallel`. Other steps have little effect on the duration of the \
                 call.",
            )
            .cost(slowest.time),
    )
}

fn by_first_chunk(analysis: &Analysis<'_>, slowest: &Step<'_>) -> Option<Finding> {
    let limit = analysis.options.first_chunk;
    let times = slowest.runs.iter().filter(|(run, _)| run.is_model());
    let times = times.filter_map(|(run, _)| Some((*run, run.time_to_first_chunk()?)));
    let (run, first) =
        times.filter(|(_, first)| *first >= limit).max_by_key(|(_, first)| *first)?;
    Some(
        Finding::new(FindingCode::SlowStep, FindingLevel::Warning, [run])
            .title(format!("`{}` took {} until its first chunk", run.name, time(first)))
            .text(format!(
                "The run took {} in all. It is the slowest step on the critical path.",
                time(run.last_time().saturating_sub(run.start)),
            ))
            .advice(
                "Shorten the prompt, put the constant part of the prompt first so that it is \
                 cached, lower the reasoning effort, or use a faster model.",
            )
            .cost(first),
    )
}

fn by_others(
    analysis: &Analysis<'_>,
    slowest: &Step<'_>,
    durations: &HashMap<(&str, &str), Vec<Duration>>,
) -> Option<Finding> {
    let (run, _) = slowest.runs.first()?;
    let others = durations.get(&(&*run.kind, &*run.name))?;
    let median = *others.get(others.len() / 2)?;
    let duration = run.last_time().saturating_sub(run.start);
    let lost = duration.saturating_sub(median);
    let is_slow = others.len() > ALIKE && duration >= median.saturating_mul(TIMES);
    if !is_slow || lost < analysis.options.slow_time || !analysis.matters(lost, run) {
        return None;
    }
    Some(
        Finding::new(FindingCode::SlowStep, FindingLevel::Warning, [*run])
            .title(format!("A run of `{}` took {}", run.name, time(duration)))
            .text(format!(
                "The median of the {} runs with this name is {}. It is the slowest step on the \
                 critical path.",
                others.len(),
                time(median),
            ))
            .advice("Compare the input of this run with the inputs of the other runs.")
            .cost(lost),
    )
}
