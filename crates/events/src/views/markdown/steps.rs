//! The inputs and outputs of the most important steps.

use runnable_chat::run_kind::{RETRIEVER, TOOL};

use super::{
    document::Document,
    sections::{is_origin, path_of},
    value::{ValueText, fair_cut},
};
use crate::{RunState, Trace, TraceRun, text::human};

/// The largest number of steps whose values are shown.
const STEPS: usize = 40;

/// The smallest number of characters that a value is cut to. If there is room for less, there are
/// fewer steps.
const SMALLEST: usize = 160;

/// The maximum number of characters of the headings and fences of a step.
const FRAME: usize = 360;

/// Adds the values of the call and of its most important steps: the steps that failed, and then the
/// models, tools and retrievers. The selected steps are shown in the order in which they started.
pub(super) fn add_steps(document: &mut Document, trace: &Trace, root: &TraceRun) {
    let ranked = ranked(trace, root);
    let fits = ranked.len().min(STEPS).min(document.room() / (FRAME + 2 * SMALLEST));
    let mut chosen: Vec<&TraceRun> = ranked.iter().take(fits).copied().collect();
    chosen.sort_by_key(|run| (run.start, run.number()));
    if chosen.is_empty() || !document.add("\n### Values\n") {
        return;
    }
    let steps: Vec<Step<'_>> = chosen.into_iter().map(Step::new).collect();
    let lengths = steps.iter().flat_map(Step::lengths);
    let room = document.room().saturating_sub(steps.len() * FRAME);
    let characters = fair_cut(lengths, room);
    let mut left_out = ranked.len() - steps.len();
    for step in steps {
        if !document.add(&step.text(trace, characters)) {
            left_out += 1;
        }
    }
    match left_out {
        0 => true,
        1 => document.add("\nThe values of 1 more step are left out.\n"),
        more => document.add(&format!("\nThe values of {more} more steps are left out.\n")),
    };
}

/// Returns the runs whose values are shown, the most important first.
fn ranked<'a>(trace: &'a Trace, root: &'a TraceRun) -> Vec<&'a TraceRun> {
    let rank = |run: &TraceRun| {
        let has_failed =
            matches!(&run.state, RunState::Failed(error) if is_origin(trace, run, error));
        if has_failed {
            Some(0)
        } else if run.number() == root.number() {
            Some(1)
        } else if matches!(run.state, RunState::Unfinished) && trace.children(run).next().is_none()
        {
            Some(2)
        } else if run.is_model() || [TOOL, RETRIEVER].iter().any(|kind| *kind.as_str() == *run.kind)
        {
            Some(3)
        } else {
            None
        }
    };
    let mut ranked: Vec<(u8, &TraceRun)> =
        trace.subtree(root).filter_map(|run| Some((rank(run)?, run))).collect();
    ranked.retain(|(_, run)| run.input.is_some() || run.output.is_some() || !run.text.is_empty());
    ranked.sort_by_key(|(rank, run)| (*rank, run.start, run.number()));
    ranked.into_iter().map(|(_, run)| run).collect()
}

/// A step, and its values as text.
struct Step<'a> {
    run: &'a TraceRun,
    input: Option<ValueText>,
    output: Option<ValueText>,
}

impl<'a> Step<'a> {
    fn new(run: &'a TraceRun) -> Self {
        let output = run.output.as_deref().map(ValueText::new);
        // An unfinished run has no output, so use its chunks.
        let so_far = || (!run.text.is_empty()).then(|| ValueText::new(&run.text.as_str().into()));
        let input = run.input.as_deref().map(ValueText::new);
        Self { run, input, output: output.or_else(so_far) }
    }

    fn lengths(&self) -> impl Iterator<Item = usize> {
        let values = [&self.input, &self.output];
        values.into_iter().flatten().map(|value| value.characters)
    }

    /// Returns the heading and the values.
    fn text(&self, trace: &Trace, characters: usize) -> String {
        let run = self.run;
        let elapsed = human(run.last_time().saturating_sub(run.start));
        let state = run.state.as_str();
        let mut text = format!("\n#### {}: {state} after {elapsed}\n", path_of(trace, run));
        let is_complete = matches!(run.state, RunState::Completed);
        let output = if is_complete { "Output" } else { "Output so far" };
        for (name, value) in [("Input", &self.input), (output, &self.output)] {
            if let Some(value) = value {
                text.push_str(&format!("\n{name}:\n\n{}", value.block(characters)));
            }
        }
        text
    }
}
