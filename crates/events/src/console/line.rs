//! Formats the lines of the printed tree of runs.

use std::{fmt::Write, time::Duration};

use runnable_chat::Usage;
use runnable_core::{RunKind, Timing};

/// The width of the first column, which contains the names of runs, in characters. The times are in
/// the next column.
const NAMES: usize = 46;

/// What the line of a run that has ended shows: how the run ended, its timing and its token usage.
pub(super) struct Summary {
    pub(super) outcome: Outcome,
    pub(super) timing: Timing,
    pub(super) usage: Option<Usage>,
    /// Text that distinguishes the run from other runs with the same name.
    pub(super) notes: String,
}

pub(super) enum Outcome {
    Ok,
    Error(String),
    Cancelled,
}

/// Formats lines with or without colours.
#[derive(Clone, Copy)]
pub(super) struct Style {
    pub(super) colors: bool,
}

impl Style {
    /// Returns the line that is printed above the child runs of a run: `│ ┌ RunnableSequence`.
    pub(super) fn opening(self, depth: usize, name: &str) -> String {
        let rails = self.dim(&"│ ".repeat(depth));
        format!("{rails}{} {name}\n", self.dim("┌"))
    }

    /// Returns the line of a run that has ended: `│ ✓ ChatPromptTemplate  12 ms`. If the run has
    /// child runs, the line is below their lines, and starts with `└`.
    pub(super) fn closing(
        self,
        depth: usize,
        opened: bool,
        name: &str,
        kind: RunKind,
        summary: &Summary,
    ) -> String {
        let mut line = self.dim(&"│ ".repeat(depth));
        let corner = if opened { "└ " } else { "" };
        line.push_str(&self.dim(corner));
        line.push_str(&match &summary.outcome {
            Outcome::Ok => self.paint("32", "✓"),
            Outcome::Error(_) => self.paint("31", "✗"),
            Outcome::Cancelled => self.paint("33", "⊘"),
        });
        let used = 2 * depth + corner.chars().count() + 2 + name.chars().count();
        let _ = write!(line, " {name}{:1$}", "", NAMES.saturating_sub(used));
        let _ = write!(line, " {:>8}", human(summary.timing.elapsed));
        line.push_str(&self.dim(&details(kind, summary)));
        if !summary.notes.is_empty() {
            line.push_str(&self.dim(&format!("   {}", summary.notes)));
        }
        if let Outcome::Error(error) = &summary.outcome
            && !error.is_empty()
        {
            let _ = write!(line, "   {}", self.paint("31", error));
        }
        line.push('\n');
        line
    }

    fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.colors && !text.is_empty() {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

fn details(kind: RunKind, summary: &Summary) -> String {
    let mut details = String::new();
    let Timing { elapsed, first_chunk, .. } = summary.timing;
    let model = kind == runnable_chat::run_kind::CHAT_MODEL;
    // Except for models, do not print the time of a single chunk: the chunk is the complete output,
    // so it arrives when the run ends.
    if let Some(first) = first_chunk.filter(|_| model || summary.timing.chunks > 1) {
        let label = if model { "first token" } else { "first chunk" };
        let _ = write!(details, "   {label} {:>7}", human(first));
    }
    if let Some(usage) = summary.usage {
        let _ = write!(details, "   {} → {} tokens", usage.input_tokens, usage.output_tokens);
        let writing = elapsed.saturating_sub(first_chunk.unwrap_or_default()).as_secs_f64();
        // Do not count the first token, because the model spends the time before this token on
        // reading the prompt.
        if usage.output_tokens > 1 && writing > 0.0 {
            let rate = (usage.output_tokens - 1) as f64 / writing;
            let _ = write!(details, ", {rate:.1}/s");
        }
    }
    if matches!(summary.outcome, Outcome::Cancelled) {
        details.push_str("   cancelled");
    }
    details
}

/// Formats a duration with a suitable unit.
pub(super) fn human(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    match seconds {
        _ if seconds < 0.001 => format!("{:.0} µs", seconds * 1e6),
        _ if seconds < 0.01 => format!("{:.1} ms", seconds * 1e3),
        _ if seconds < 1.0 => format!("{:.0} ms", seconds * 1e3),
        _ if seconds < 120.0 => format!("{seconds:.2} s"),
        _ => format!("{:.0} min", seconds / 60.0),
    }
}

/// Joins the words of a text on one line. Replaces control characters, because they could move the
/// cursor of a terminal.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace()
        .map(|word| word.replace(char::is_control, "\u{fffd}"))
        .collect::<Vec<_>>()
        .join(" ")
}

/// Returns the first `characters` characters of a text, with `…` if the text is longer.
pub(super) fn beginning(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
