//! Finds answers whose enclosing run failed afterwards.

use std::collections::BTreeMap;

use runnable_chat::Usage;

use super::{
    amount::{count, message, time},
    analysis::Analysis,
    finding::{Finding, FindingLevel},
    finding_code::FindingCode,
};
use crate::{RunState, TraceRun};

pub(super) fn find(analysis: &mut Analysis<'_>) {
    let mut wasted: BTreeMap<usize, (&TraceRun, Vec<&TraceRun>)> = BTreeMap::new();
    for run in analysis.trace.runs() {
        let is_call = run.is_model() && !run.links.has_model_inside;
        let is_cached = run.usage.is_some_and(|usage| usage.is_cached());
        if !is_call || run.state != RunState::Completed || is_cached {
            continue;
        }
        if let Some(failed) = analysis.failed_ancestor(run) {
            wasted.entry(failed.number()).or_insert_with(|| (failed, Vec::new())).1.push(run);
        }
    }
    for (failed, answers) in wasted.into_values() {
        let tokens: Usage = answers.iter().filter_map(|run| run.usage).sum();
        let number = u64::try_from(answers.len()).unwrap_or(u64::MAX);
        let reason = match &failed.state {
            RunState::Failed(error) => {
                let place = error.path.last().map_or(&*failed.name, String::as_str);
                format!("`{place}` failed: {}", message(&error.message))
            }
            state => format!("`{}` was {state}", failed.name),
        };
        let working = answers.iter().filter_map(|run| run.duration()).sum();
        let finding =
            Finding::new(FindingCode::WastedAnswer, FindingLevel::Warning, answers.iter().copied());
        analysis.findings.push(
            finding
                .title(format!(
                    "{} ({}) of a run that failed",
                    count(number, "answer"),
                    count(tokens.total_tokens, "token"),
                ))
                .text(format!(
                    "The models took {} and completed their answers. Then {reason}.",
                    time(working),
                ))
                .advice(
                    "Check what can fail before you call the model, retry only the step that \
                     failed, or keep the answers for the next attempt.",
                )
                .cost(working)
                .tokens(tokens),
        );
    }
}
