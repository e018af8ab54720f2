//! [`Screen`]: prints the trees of runs.

use std::io::{self, IsTerminal, Write};

use runnable::events::{RecordedEvent, Trace};

use crate::{
    arguments::Color,
    exit::{self, Reader, Result},
};

/// The maximum number of lines of unfinished trees on a terminal, so that they fit on each terminal:
/// lines above the screen cannot be replaced.
const LINES: usize = 20;

/// Prints the trees of root runs: on a terminal while they run, and elsewhere when they have ended.
pub(super) struct Screen {
    color: Color,
    is_terminal: bool,
    trace: Trace,
    /// The number of root runs whose tree is printed.
    printed: usize,
    /// The number of lines of the unfinished tree that are on the screen.
    drawn: usize,
}

impl Screen {
    pub(super) fn new(color: Color) -> Self {
        let is_terminal = io::stdout().is_terminal();
        Self { color, is_terminal, trace: Trace::new(), printed: 0, drawn: 0 }
    }

    pub(super) fn show(&mut self, events: &[RecordedEvent]) -> Result<Reader> {
        if events.is_empty() {
            return Ok(Reader::Reads);
        }
        self.trace.extend(events);
        let mut text = self.erase();
        let roots: Vec<_> = self.trace.roots().skip(self.printed).collect();
        let tree = |root| self.trace.tree().run(root).colors(self.color.on_stdout()).to_string();
        let ended = roots.iter().take_while(|root| root.end.is_some());
        let printed = ended.clone().count();
        text.extend(ended.map(|root| tree(root)));
        let mut unfinished = String::new();
        if self.is_terminal {
            for root in roots.iter().skip(printed) {
                unfinished.push_str(&tree(root));
            }
        }
        let lines: Vec<_> = unfinished.lines().collect();
        let drawn = lines.len().min(LINES);
        for line in &lines[lines.len() - drawn..] {
            text.push_str(line);
            text.push('\n');
        }
        (self.printed, self.drawn) = (self.printed + printed, drawn);
        let mut out = io::stdout();
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        exit::of_writing(written, "to standard output")
    }

    /// Returns the text that removes the unfinished trees from the terminal.
    fn erase(&self) -> String {
        match self.drawn {
            0 => String::new(),
            // Move the cursor to the first line of the trees, and clear the screen below it.
            lines => format!("\x1b[{lines}F\x1b[J"),
        }
    }
}
