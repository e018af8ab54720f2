//! Finds answers that were cut by the token limit.

use runnable_chat::FinishReason;

use super::{
    amount::count,
    analysis::Analysis,
    finding::{Finding, FindingLevel},
    finding_code::FindingCode,
};

pub(super) fn find(analysis: &mut Analysis<'_>) {
    for run in analysis.trace.runs() {
        let is_call = run.is_model() && !run.links.has_model_inside;
        if !is_call || run.finish_reason != Some(FinishReason::Length) {
            continue;
        }
        let tokens = run.usage.map_or_else(
            || "at its token limit".to_owned(),
            |usage| format!("after {}", count(usage.output_tokens, "token")),
        );
        let reasoning = run.usage.map_or(0, |usage| usage.output_token_details.reasoning);
        let mut text = "The model reached its limit for output tokens, or its context window is \
                        full. The end of the answer is missing."
            .to_owned();
        if reasoning > 0 {
            text += &format!(" {reasoning} of the tokens are reasoning.");
        }
        let finding = Finding::new(FindingCode::CutAnswer, FindingLevel::Warning, [run]);
        analysis.findings.push(
            finding
                .title(format!("The answer of `{}` was cut {tokens}", run.name))
                .text(text)
                .advice("Raise `max_tokens`, or ask for a shorter answer."),
        );
    }
}
