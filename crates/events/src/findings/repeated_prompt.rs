//! Finds prompts that were sent several times.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    amount::{count, time},
    analysis::Analysis,
    finding::{Finding, FindingLevel},
    finding_code::FindingCode,
};
use crate::{RunState, TraceRun};

pub(super) fn find(analysis: &mut Analysis<'_>) {
    // Equal inputs share their memory in a trace, so the address identifies an input.
    let mut prompts: BTreeMap<(usize, &str, usize), Vec<&TraceRun>> = BTreeMap::new();
    for run in analysis.trace.runs() {
        let is_call = run.is_model() && !run.links.has_model_inside;
        // A failed attempt does not count, because a retry repeats its prompt on purpose.
        let completed = run.state == RunState::Completed && analysis.failed_ancestor(run).is_none();
        let is_cached = run.usage.is_some_and(|usage| usage.is_cached());
        if let (Some(input), true) = (&run.input, is_call && completed && !is_cached) {
            let root = analysis.trace.root(run).number();
            prompts.entry((root, &run.name, Arc::as_ptr(input).addr())).or_default().push(run);
        }
    }
    let mut repeated: Vec<_> = prompts.into_values().filter(|runs| runs.len() > 1).collect();
    repeated.sort_by_key(|runs| runs.first().map(|run| run.number()));
    for runs in repeated {
        let Some((first, more)) = runs.split_first() else { continue };
        let number = u64::try_from(runs.len()).unwrap_or(u64::MAX);
        let working = more.iter().filter_map(|run| run.duration()).sum();
        let tokens = more.iter().filter_map(|run| run.usage).sum();
        let finding =
            Finding::new(FindingCode::RepeatedPrompt, FindingLevel::Warning, runs.iter().copied());
        analysis.findings.push(
            finding
                .title(format!(
                    "`{}` received the same prompt {}",
                    first.name,
                    count(number, "time")
                ))
                .text(format!(
                    "All runs belong to one call and completed. The runs after the first took {}.",
                    time(working),
                ))
                .advice(
                    "Call the model once and pass its answer on, or cache answers. If you want \
                     several different answers, this is intended.",
                )
                .cost(working)
                .tokens(tokens),
        );
    }
}
