//! Finds fallbacks that were taken.

use super::{
    amount::{count, message, time},
    analysis::Analysis,
    finding::{Finding, FindingLevel},
    finding_code::FindingCode,
};
use crate::RunState;

pub(super) fn find(analysis: &mut Analysis<'_>) {
    for run in analysis.trace.runs() {
        let Some(last) = run.fallbacks().last() else { continue };
        let lost = last.at.saturating_sub(run.start);
        let failed = run.fallbacks().count();
        let failed = u64::try_from(failed).unwrap_or(u64::MAX);
        let children: Vec<_> = analysis.trace.children(run).collect();
        let answered = children.iter().find(|child| child.state == RunState::Completed);
        let result = match (answered, &run.state) {
            (Some(child), _) => format!("`{}` produced the output", child.name),
            (None, RunState::Completed) => format!("fallback {} produced the output", last.number),
            (None, RunState::Unfinished) => "the fallback has not ended".to_owned(),
            (None, _) => "the fallback failed, too".to_owned(),
        };
        let level =
            if run.state.is_failure() { FindingLevel::Error } else { FindingLevel::Warning };
        let tokens = children.iter().filter(|child| child.state.is_failure());
        let tokens = tokens.map(|child| analysis.trace.usage(child).total.billed()).sum();
        let reason = run.fallbacks().next().map_or(last.error, |first| first.error);
        let finding = Finding::new(FindingCode::Fallback, level, [run]);
        analysis.findings.push(
            finding
                .title(format!("`{}` used a fallback after {}", run.name, time(lost)))
                .text(format!(
                    "{} failed first: {} ({}). Then {result}.",
                    count(failed, "step"),
                    message(&reason.message),
                    reason.kind,
                ))
                .advice(
                    "Correct the cause of the error. If the first step often fails, put the \
                     fallback first.",
                )
                .cost(lost)
                .tokens(tokens),
        );
    }
}
