//! Finds answers whose text is not used.

use std::iter;

use serde_json::Value;

use super::{
    amount::{count, shortened},
    analysis::Analysis,
    finding::{Finding, FindingLevel},
    finding_code::FindingCode,
};
use crate::{RunState, TraceRun};

/// The shortest text that is examined, in bytes. A short text, such as `yes`, often determines a
/// decision, and then does not appear in later values.
const SHORTEST: usize = 20;

/// The shortest word that is searched for, in bytes.
const SHORTEST_WORD: usize = 4;

/// The number of words that are searched for.
const WORDS: usize = 16;

/// The number of bytes that are searched in a trace, so that a large trace takes less than a
/// second.
const BYTES: usize = 64 << 20;

pub(super) fn find(analysis: &mut Analysis<'_>) {
    let mut bytes_left = BYTES;
    for run in analysis.trace.runs() {
        let is_call = run.is_model() && !run.links.has_model_inside;
        if !is_call || run.state != RunState::Completed || analysis.failed_ancestor(run).is_some() {
            continue;
        }
        let Some(text) = text_of(run) else { continue };
        if is_used(analysis, run, &mut Search::new(text, &mut bytes_left)) {
            continue;
        }
        let usage = run.usage.unwrap_or_default().billed();
        let finding = Finding::new(FindingCode::UnusedAnswer, FindingLevel::Info, [run]);
        analysis.findings.push(
            finding
                .title(format!(
                    "The answer of `{}` ({}) was not used",
                    run.name,
                    count(usage.total_tokens, "token"),
                ))
                .text(format!(
                    "The text \"{}\" is neither in the output of the step that called the model, \
                     nor in the input of a later step.",
                    shortened(text),
                ))
                .advice("Remove the call, or use its answer.")
                .tokens(usage),
        );
    }
}

/// Returns the text of an answer. Returns `None` if the text is short, or if it is JSON, because a
/// parser changes JSON.
fn text_of(run: &TraceRun) -> Option<&str> {
    let output = run.output.as_deref()?;
    let text = output.as_str().or_else(|| output.get("content")?.as_str())?.trim();
    let is_json = text.starts_with(['{', '[', '`', '"']);
    (!is_json && text.len() >= SHORTEST).then_some(text)
}

/// Returns whether a later step received the text, or a run that encloses the answer returned it.
fn is_used(analysis: &Analysis<'_>, run: &TraceRun, search: &mut Search<'_>) -> bool {
    let trace = analysis.trace;
    let mut inner = run;
    while let Some(parent) = trace.parent(inner) {
        let later = trace.children(parent).rev().take_while(|run| run.number() > inner.number());
        let later = later.filter(|child| child.last_time() >= inner.last_time());
        let values = later.map(|child| child.input.as_deref());
        for value in iter::once(parent.output.as_deref()).chain(values) {
            // If a value is missing or has no text, the use of the answer is not visible. A value
            // without text can be a decision that is based on the answer.
            if value.is_none_or(|value| !has_text(value) || search.finds(value)) {
                return true;
            }
        }
        // A wrapper with one child passes the answer on.
        if parent.links.children.len() > 1 {
            return false;
        }
        inner = parent;
    }
    // The caller has received the answer itself.
    inner.number() == run.number()
}

fn has_text(value: &Value) -> bool {
    match value {
        Value::String(_) => true,
        Value::Array(items) => items.iter().any(has_text),
        Value::Object(fields) => fields.values().any(has_text),
        _ => false,
    }
}

/// A search for the words of a text. The text counts as found if half of its words were found,
/// because a step can change a text.
struct Search<'a> {
    words: Vec<String>,
    total: usize,
    bytes_left: &'a mut usize,
}

impl<'a> Search<'a> {
    fn new(text: &str, bytes_left: &'a mut usize) -> Self {
        let words = text.split(|c: char| !c.is_alphanumeric());
        let words = words.filter(|word| word.len() >= SHORTEST_WORD).map(str::to_lowercase);
        let mut words: Vec<_> = words.take(WORDS).collect();
        words.sort_unstable();
        words.dedup();
        Self { total: words.len(), words, bytes_left }
    }

    /// Returns whether the text was found in this value and the values before. A search that
    /// exceeds its limit returns `true`, so that it causes no finding.
    fn finds(&mut self, value: &Value) -> bool {
        match value {
            Value::String(text) => match self.bytes_left.checked_sub(text.len()) {
                Some(left) => {
                    *self.bytes_left = left;
                    let text = text.to_lowercase();
                    self.words.retain(|word| !text.contains(&**word));
                }
                None => self.words.clear(),
            },
            Value::Array(items) => _ = items.iter().any(|item| self.finds(item)),
            Value::Object(fields) => _ = fields.values().any(|field| self.finds(field)),
            _ => {}
        }
        self.words.len() * 2 <= self.total
    }
}
