//! The parts of the Markdown before the inputs and outputs: the summary, the tree, and the errors.

use runnable_chat::pricing::Prices;

use super::code::{block, span};
use crate::{
    RecordedError, RunState, Trace, TraceRun,
    text::{cost_of_tree, human, label_of, printable, tokens_of},
    timestamp::Timestamp,
};

/// The number of characters to which a name is shortened.
const NAME: usize = 80;

/// The number of characters to which the message of an error is shortened.
const MESSAGE: usize = 500;

/// Returns a heading and a line with the figures of a call.
pub(super) fn summary(trace: &Trace, root: &TraceRun, prices: Option<&Prices>) -> String {
    let elapsed = human(root.last_time().saturating_sub(root.start));
    let outcome = match &root.state {
        RunState::Completed => format!("completed in {elapsed}"),
        RunState::Failed(_) => format!("failed after {elapsed}"),
        RunState::Cancelled { cause: Some(cause) } => {
            format!("was cancelled ({}) after {elapsed}", cause.replace('_', " "))
        }
        RunState::Cancelled { .. } => format!("was cancelled after {elapsed}"),
        _ => format!("has not finished after {elapsed}"),
    };
    let runs: Vec<&TraceRun> = trace.subtree(root).collect();
    let failed = runs.iter().filter(|run| matches!(run.state, RunState::Failed(_))).count();
    let usage = trace.usage(root);
    let has_usage = usage.calls > usage.unknown;
    let count = runs.len();
    let figures = [
        Some(if count == 1 { "1 run".to_owned() } else { format!("{count} runs") }),
        (failed > 0).then(|| format!("{failed} failed")),
        root.time_to_first_chunk()
            .filter(|_| root.chunk_count > 1)
            .map(|first| format!("first chunk after {}", human(first))),
        has_usage.then(|| {
            let (total, bound) = (usage.total, if usage.unknown > 0 { "at least " } else { "" });
            format!("{bound}{}", tokens_of(&total))
        }),
        prices.and_then(|prices| cost_of_tree(trace, root, prices)),
        Some(format!("started {}", Timestamp::from(root.started))),
        Some(trace.missing_events())
            .filter(|count| *count > 0)
            .map(|count| format!("{count} events of the recording are missing")),
    ];
    let figures = figures.into_iter().flatten().collect::<Vec<_>>().join(", ");
    format!("## {} {outcome}\n\n{figures}\n", span(&label_of(root), NAME))
}

/// Returns the tree of a call, shortened to a number of characters.
pub(super) fn tree(
    trace: &Trace,
    root: &TraceRun,
    prices: Option<&Prices>,
    characters: usize,
) -> Option<String> {
    let tree = trace.tree().run(root);
    let tree = prices.map_or(tree, |prices| tree.prices(prices)).to_string();
    let lines: Vec<&str> = tree.lines().collect();
    let left_out = |count: usize| format!("… {count} lines are left out …\n");
    // The heading, the fences, and the line with the number of omitted lines.
    let mut room = characters.checked_sub(80)?;
    let mut kept = Vec::new();
    // Keep the first lines and the last line, which is the line of the root run.
    let (last, first) = lines.split_last()?;
    room = room.checked_sub(last.chars().count() + 1)?;
    for line in first {
        match room.checked_sub(line.chars().count() + 1) {
            Some(rest) => room = rest,
            None => break,
        }
        kept.push(*line);
    }
    let missing = first.len() - kept.len();
    let mut text = kept.iter().map(|line| format!("{line}\n")).collect::<String>();
    if missing > 0 {
        text.push_str(&left_out(missing));
    }
    text.push_str(last);
    Some(format!("\n### Tree\n\n{}", block("text", &text)))
}

/// Returns the findings of a call, cut to a number of characters.
pub(super) fn findings(trace: &Trace, root: &TraceRun, characters: usize) -> Option<String> {
    let findings: Vec<String> =
        trace.findings_in(root).iter().map(|finding| printable(&finding.to_string())).collect();
    // The heading, the fences, and the line with the number of omitted lines.
    let mut room = characters.checked_sub(80)?;
    let fits = findings.iter().take_while(|finding| {
        let rest = room.checked_sub(finding.chars().count() + 1);
        room = rest.unwrap_or(room);
        rest.is_some()
    });
    let mut shown: Vec<&str> = fits.map(String::as_str).collect();
    if shown.is_empty() {
        return None;
    }
    let missing = match findings.len() - shown.len() {
        0 => None,
        1 => Some("… 1 more finding is left out …".to_owned()),
        more => Some(format!("… {more} more findings are left out …")),
    };
    shown.extend(missing.as_deref());
    Some(format!("\n### Findings\n\n{}", block("text", &shown.join("\n"))))
}

/// Returns a line for each error in a call, at the run in which the error occurred.
pub(super) fn errors(trace: &Trace, root: &TraceRun) -> Vec<String> {
    let mut lines = Vec::new();
    for run in trace.subtree(root) {
        let RunState::Failed(error) = &run.state else { continue };
        if !is_origin(trace, run, error) {
            continue;
        }
        lines.push(format!("- {}: {}", path_of(trace, run), error_text(error)));
        lines.extend(
            error.causes.iter().map(|cause| format!("  - caused by {}", span(cause, MESSAGE))),
        );
    }
    lines
}

/// Returns whether an error occurred in this run, and not in a run inside it.
pub(super) fn is_origin(trace: &Trace, run: &TraceRun, error: &RecordedError) -> bool {
    match &error.run_id {
        Some(origin) => **origin == *run.id || trace.run(origin).is_none(),
        None => !trace.children(run).any(|child| {
            matches!(&child.state, RunState::Failed(inner) if inner.message == error.message)
        }),
    }
}

fn error_text(error: &RecordedError) -> String {
    let facts = [
        error.status.map(|status| format!("HTTP {status}")),
        error.code.as_ref().map(|code| format!("code {}", span(code, NAME))),
        error.request_id.as_ref().map(|id| format!("request {}", span(id, NAME))),
        error.retry_after.map(|wait| format!("retry after {}", human(wait))),
        (error.attempts > 1).then(|| format!("{} attempts", error.attempts)),
    ];
    let facts: Vec<_> = facts.into_iter().flatten().collect();
    let facts = if facts.is_empty() { String::new() } else { format!(" ({})", facts.join(", ")) };
    format!("{}{facts}: {}", span(&error.kind, NAME), span(&error.message, MESSAGE))
}

/// Returns the names of the runs from the root to a run.
pub(super) fn path_of(trace: &Trace, run: &TraceRun) -> String {
    let mut names: Vec<String> = trace.ancestors(run).map(label_of).collect();
    names.reverse();
    names.push(label_of(run));
    span(&names.join(" > "), 2 * NAME)
}
