//! Finds steps that stop streaming.

use std::{collections::HashSet, time::Duration};

use super::{
    amount::{count, time},
    analysis::Analysis,
    finding::{Finding, FindingLevel},
    finding_code::FindingCode,
};
use crate::{RunState, TraceRun};

pub(super) fn find(analysis: &mut Analysis<'_>) {
    let mut enclosing = HashSet::new();
    let runs = analysis.trace.runs();
    // The runs inside a run come after it, and show the place more precisely.
    for run in runs.iter().rev() {
        let Some(held) = held_back(analysis, run) else { continue };
        if enclosing.contains(&run.number()) {
            continue;
        }
        enclosing.extend(analysis.trace.ancestors(run).map(TraceRun::number));
        let chunks = u64::try_from(held.before.chunks.len()).unwrap_or(u64::MAX);
        let finding = Finding::new(FindingCode::StoppedStream, FindingLevel::Warning, [run]);
        analysis.findings.push(
            finding
                .title(format!("`{}` stopped the stream for {}", run.name, time(held.lost)))
                .text(format!(
                    "`{}` produced {}, the first {} after the start of the call. `{}` produced its \
                     first output only after the last of them, after {}.",
                    held.before.name,
                    count(chunks, "chunk"),
                    time(held.first_input.saturating_sub(held.call_start)),
                    run.name,
                    time(held.first_output.saturating_sub(held.call_start)),
                ))
                .advice(
                    "Process the chunks as they arrive, for example with `map_chunks` or \
                     `generator` in place of `lambda`. If the step needs its complete input, call \
                     the chain with `invoke`, or move the step before the model.",
                )
                .cost(held.lost),
        );
    }
}

struct Held<'a> {
    before: &'a TraceRun,
    call_start: Duration,
    first_input: Duration,
    first_output: Duration,
    lost: Duration,
}

/// Returns for how long a run has held back chunks, if this has delayed the output.
fn held_back<'a>(analysis: &Analysis<'a>, run: &'a TraceRun) -> Option<Held<'a>> {
    let before = analysis.trace.previous_step(run)?;
    let ended = run.end.filter(|_| run.state == RunState::Completed);
    let first_output = run.first_chunk.or(ended)?;
    let (first, last) = (before.chunks.first()?.at, before.chunks.last()?.at);
    let first_input = before.first_chunk.unwrap_or(first);
    let lost = last.saturating_sub(first_input);
    let is_late = first_output >= last;
    if !is_late || !analysis.matters(lost, run) || !reaches_reader(analysis, run) {
        return None;
    }
    let call_start = analysis.trace.root(run).start;
    Some(Held { before, call_start, first_input, first_output, lost })
}

/// Returns whether the chunks of a run could have reached the reader of a streamed call.
///
/// They could not if the run, or a run after it in one of the sequences, needs its complete input.
fn reaches_reader(analysis: &Analysis<'_>, run: &TraceRun) -> bool {
    if analysis.needs_complete_input(run) {
        return false;
    }
    let trace = analysis.trace;
    let mut run = run;
    while let Some(parent) = trace.parent(run) {
        let is_condition =
            run.position.tag.as_deref().is_some_and(|tag| tag.starts_with("condition:"));
        if is_condition || parent.chunk_count == 0 {
            return false;
        }
        if let Some(step) = run.sequence_step() {
            let later = trace.children(parent).filter(|other| other.sequence_step() > Some(step));
            if later.into_iter().any(|later| analysis.needs_complete_input(later)) {
                return false;
            }
        }
        run = parent;
    }
    true
}
