//! Formats the lines of the printed tree of runs.

use std::{fmt::Write, time::Duration};

use super::{
    closing::{Closing, Outcome},
    style::Style,
};
use crate::text::{Preview, beginning, human, tokens_of};

/// The width of the first column, which contains the names of runs, in characters. The times are in
/// the next column.
const NAMES: usize = 46;

/// Lines are not cut to fewer characters, because a narrow or deep tree would have no values.
const NARROWEST: usize = 20;

impl Style {
    /// Returns the line that is printed above the child runs of a run: `│ ┌ RunnableSequence`.
    pub(super) fn opening(self, depth: usize, name: &str) -> String {
        format!("{}{} {name}\n", self.rails(depth), self.dim("┌"))
    }

    /// Returns the line of a run that has ended: `│ ✓ ChatPromptTemplate  12 ms`. If the run has
    /// child runs, the line is below their lines, and starts with `└`.
    pub(super) fn closing(
        self,
        depth: usize,
        opened: bool,
        name: &str,
        closing: &Closing,
    ) -> String {
        let mut line = self.rails(depth);
        let corner = if opened { "└ " } else { "" };
        line.push_str(&self.dim(corner));
        line.push_str(&match &closing.outcome {
            Outcome::Ok => self.green("✓"),
            Outcome::Error(_) => self.red("✗"),
            Outcome::Cancelled(_) => self.yellow("⊘"),
            Outcome::Unfinished => self.yellow("◌"),
        });
        let used = 2 * depth + corner.chars().count() + 2;
        let _ = write!(line, " {}", column(name, used));
        let _ = write!(line, " {:>8}", human(closing.elapsed));
        line.push_str(&self.dim(&details(closing)));
        for note in closing.notes.iter().filter(|note| !note.is_empty()) {
            line.push_str(&self.dim(&format!("   {note}")));
        }
        if let Outcome::Error(error) = &closing.outcome
            && !error.is_empty()
        {
            let _ = write!(line, "   {}", self.red(error));
        }
        line.push('\n');
        line
    }

    /// Returns the line of a run that has not ended, for the lines that are drawn again and again:
    /// `│ ◌ ChatOpenAI  1.27 s   14 chunks`.
    pub(super) fn open(self, depth: usize, name: &str, elapsed: Duration, chunks: u64) -> String {
        let chunks = match chunks {
            0 => String::new(),
            1 => "   1 chunk".to_owned(),
            _ => format!("   {chunks} chunks"),
        };
        let line = format!("{}◌ {}", "│ ".repeat(depth), column(name, 2 * depth + 2));
        self.dim(&format!("{line} {:>8}{chunks}", human(elapsed)))
    }

    /// Returns the line of an input (`in`) or an output (`out`), cut to the width. The line is
    /// inside the frame of the run if the run `is_open`.
    pub(super) fn value(self, depth: usize, is_open: bool, label: &str, value: &Preview) -> String {
        let used = 2 * depth + 6;
        let text = self.cut(&value.text, used);
        self.clipped(&format!(
            "{}{} {text}",
            self.margin(depth, is_open),
            self.dim(&format!("{label:<3}"))
        ))
    }

    /// Returns the line of a detail of a run.
    pub(super) fn detail(self, depth: usize, is_open: bool, detail: &str) -> String {
        self.clipped(&format!("{}{detail}", self.margin(depth, is_open)))
    }

    fn rails(self, depth: usize) -> String {
        self.dim(&"│ ".repeat(depth))
    }

    fn margin(self, depth: usize, is_open: bool) -> String {
        if is_open { self.rails(depth.saturating_add(1)) } else { self.rails(depth) + "  " }
    }

    fn cut(self, text: &str, used: usize) -> String {
        match self.width {
            Some(width) => {
                // The `…` takes one character.
                let room = width.saturating_sub(used).max(NARROWEST);
                if text.chars().count() > room {
                    beginning(text, room - 1)
                } else {
                    text.to_owned()
                }
            }
            None => text.to_owned(),
        }
    }

    /// Ends a line. If the width is not known, the terminal cuts the line at its right edge.
    fn clipped(self, line: &str) -> String {
        match self.width {
            Some(_) => format!("{line}\n"),
            None => format!("\x1b[?7l{line}\x1b[?7h\n"),
        }
    }
}

/// Returns a name, padded to the end of the first column. `used` is the number of characters before
/// the name.
fn column(name: &str, used: usize) -> String {
    let width = NAMES.saturating_sub(used.saturating_add(name.chars().count()));
    format!("{name}{:width$}", "")
}

fn details(closing: &Closing) -> String {
    let mut details = String::new();
    // Except for models, do not print the time of a single chunk: the chunk is the complete output,
    // so it arrives when the run ends.
    if let Some(first) = closing.first_chunk.filter(|_| closing.is_model || closing.chunks > 1) {
        let label = if closing.is_model { "first token" } else { "first chunk" };
        let _ = write!(details, "   {label} {:>7}", human(first));
    }
    if let Some(usage) = closing.usage {
        let _ = write!(details, "   {}", tokens_of(&usage));
        let writing = closing.elapsed.saturating_sub(closing.first_chunk.unwrap_or_default());
        // Do not count the first token, because the model spends the time before this token on
        // reading the prompt.
        if usage.output_tokens > 1 && !writing.is_zero() && !usage.is_cached() {
            let rate = (usage.output_tokens - 1) as f64 / writing.as_secs_f64();
            let _ = write!(details, ", {rate:.1}/s");
        }
    }
    if let Some(cost) = &closing.cost {
        let _ = write!(details, "   {cost}");
    }
    match &closing.outcome {
        Outcome::Cancelled(Some(cause)) => {
            let _ = write!(details, "   cancelled: {cause}");
        }
        Outcome::Cancelled(None) => details.push_str("   cancelled"),
        Outcome::Unfinished => details.push_str("   not finished"),
        Outcome::Ok | Outcome::Error(_) => {}
    }
    details
}
