//! Finds calls of tools that do not exist, and calls with invalid arguments.

use std::collections::HashSet;

use runnable_chat::run_kind;
use serde_json::Value;

use super::{
    amount::{self, shortened, value},
    analysis::Analysis,
    finding::{Finding, FindingLevel},
    finding_code::FindingCode,
};
use crate::TraceRun;

pub(super) fn find(analysis: &mut Analysis<'_>) {
    let mut reported = HashSet::new();
    for run in analysis.trace.runs() {
        if let Some(finding) = of_tool(run) {
            if let Some(id) = run.metadata.get("tool_call_id").and_then(Value::as_str) {
                reported.insert(id);
            }
            analysis.findings.push(finding);
        }
    }
    // Without a toolbox, an invalid call is only in the answer of the model.
    let calls = analysis.trace.runs().iter().filter(|run| run.is_model());
    let calls = calls.filter(|run| !run.links.has_model_inside);
    let found = calls.flat_map(|run| of_answer(run, &reported)).collect::<Vec<_>>();
    analysis.findings.extend(found);
}

/// Returns the finding about the run of a tool whose call was invalid.
fn of_tool(run: &TraceRun) -> Option<Finding> {
    let error = run.state.error().filter(|_| &*run.kind == run_kind::TOOL.as_str())?;
    let message = &*error.message;
    let is_unknown = error.kind == "not_found" && message.starts_with("unknown tool ");
    let is_invalid = error.kind == "parse"
        || (error.kind == "invalid_input" && message.starts_with("invalid arguments "));
    let (title, advice) = if is_unknown {
        (
            format!("The model called the tool `{}`, which does not exist", run.name),
            "Give the model and the toolbox the same tools, and check the names of tools in the \
             prompt.",
        )
    } else if is_invalid {
        (
            format!("The model called `{}` with invalid arguments", run.name),
            "Describe the arguments in the doc comments of their type, accept what the model \
             sends, or use strict schemas if the provider supports them.",
        )
    } else {
        return None;
    };
    let arguments = run
        .input
        .as_ref()
        .map_or_else(String::new, |input| format!(" The arguments were {}.", value(input)));
    let finding = Finding::new(FindingCode::InvalidToolCall, FindingLevel::Warning, [run]);
    Some(
        finding
            .title(title)
            .text(format!("{}.{arguments}", amount::message(message)))
            .advice(advice),
    )
}

/// Returns a finding for each invalid call in an answer, except for calls that are reported.
fn of_answer<'a>(run: &'a TraceRun, reported: &HashSet<&str>) -> Vec<Finding> {
    let invalid = run.output.as_ref().and_then(|output| output.get("invalid_tool_calls"));
    let invalid = invalid.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let text = |call: &'a Value, key: &str| call.get(key).and_then(Value::as_str);
    let is_new = |call: &&'a Value| !text(call, "id").is_some_and(|id| reported.contains(id));
    let finding = |call: &'a Value| {
        let name = text(call, "name").unwrap_or("unnamed");
        let reason = text(call, "error").unwrap_or("invalid tool call");
        let arguments = shortened(text(call, "args").unwrap_or_default());
        Finding::new(FindingCode::InvalidToolCall, FindingLevel::Warning, [run])
            .title(format!("`{}` called `{name}` with arguments that are not JSON", run.name))
            .text(format!("{}. The arguments were {arguments}.", amount::message(reason)))
            .advice(
                "If the answer was cut, raise `max_tokens`. Otherwise, use strict schemas if the \
                 provider supports them.",
            )
    };
    invalid.iter().filter(is_new).map(finding).collect()
}
