//! [`Printer`]: writes the lines of the tree, and the lines of open runs below them.

use std::{io::Write, mem, time::Instant};

use runnable_core::{Run, RunId};

use super::{
    closing::Closing,
    detail::Detail,
    forest::{Forest, Opening},
    region::{LINES, Region},
    style::Style,
};
use crate::Redaction;

/// Identifies a run by its ID and the number of its parents. The ID alone is not unique, because a
/// caller can give a run the ID of one of its parents.
pub(super) type Key = (RunId, usize);

/// Writes the lines of the tree, and draws the lines of open runs below them.
pub(super) struct Printer {
    pub(super) forest: Forest<Key>,
    pub(super) style: Style,
    pub(super) redaction: Redaction,
    output: Box<dyn Write + Send>,
    /// The buffered lines. `None` if the tree is not buffered.
    held: Option<String>,
    /// Whether to draw open runs.
    is_live: bool,
    /// Whether a thread redraws the open runs.
    has_ticker: bool,
    is_closed: bool,
    region: Region,
}

impl Printer {
    pub(super) fn new(output: Box<dyn Write + Send>, style: Style, is_live: bool) -> Self {
        Self {
            forest: Forest::default(),
            style,
            redaction: Redaction::default(),
            output,
            held: None,
            is_live,
            has_ticker: false,
            is_closed: false,
            region: Region::default(),
        }
    }

    pub(super) fn set_live(&mut self, is_live: bool) {
        self.is_live = is_live;
    }

    pub(super) fn is_live(&self) -> bool {
        self.is_live && self.held.is_none()
    }

    pub(super) fn hold(&mut self) {
        self.held.get_or_insert_default();
    }

    /// Adds a run that has started. Returns whether the caller must start a thread that redraws.
    pub(super) fn start(&mut self, run: &Run, mut opening: Opening<Key>) -> bool {
        // Use the closest parent that is in the tree. Parents from which this listener receives no
        // events are not in the tree.
        let parents = run.parent_ids.iter().copied().enumerate().map(|(depth, id)| (id, depth));
        opening.parent = parents.rev().find(|key| self.forest.contains(*key));
        self.forest.start(key_of(run), opening);
        self.print();
        let needs_ticker = self.is_live() && !self.has_ticker && !self.is_closed;
        self.has_ticker |= needs_ticker;
        needs_ticker
    }

    pub(super) fn detail(&mut self, run: &Run, detail: &Detail) {
        self.forest.detail(key_of(run), detail, self.style);
        self.print();
    }

    pub(super) fn end(&mut self, run: &Run, closing: Closing) {
        self.forest.end(key_of(run), closing);
        self.print();
    }

    pub(super) fn ticker_failed(&mut self) {
        self.has_ticker = false;
    }

    /// Draws the open runs again. Returns `false` if the thread that calls this must end, because
    /// no run is open.
    pub(super) fn tick(&mut self) -> bool {
        self.has_ticker = self.is_live() && !self.is_closed && !self.forest.is_empty();
        if self.has_ticker {
            let drawing = self.drawing();
            self.write(&drawing);
        }
        self.has_ticker
    }

    /// Prints the buffered lines.
    pub(super) fn flush(&mut self) {
        let lines = self.held.as_mut().map(mem::take).unwrap_or_default();
        self.write(&lines);
    }

    /// Prints the buffered lines, and removes the lines of open runs from the terminal.
    pub(super) fn close(&mut self) {
        self.is_closed = true;
        let erase = self.region.erase();
        self.write(erase);
        let lines = self.held.take().unwrap_or_default();
        self.write(&lines);
    }

    /// Prints the lines of the tree that can be printed now.
    fn print(&mut self) {
        let lines = self.forest.lines(self.style);
        if lines.is_empty() {
            return;
        }
        match &mut self.held {
            Some(held) => held.push_str(&lines),
            None if self.region.is_drawn() => {
                let printed = self.region.print(&lines);
                let output = printed + &self.drawing();
                self.write(&output);
            }
            None => self.write(&lines),
        }
    }

    /// Returns the control sequences and the text that draw the open runs.
    fn drawing(&mut self) -> String {
        let (style, now) = (self.style, Instant::now());
        let mut lines = Vec::new();
        let more = self.forest.open_leaves(LINES, |run| {
            let elapsed = run.since.map(|since| now.saturating_duration_since(since));
            lines.push(style.open(run.depth, &run.name, elapsed.unwrap_or_default(), run.chunks));
        });
        if more > 0 {
            lines.push(style.dim(&format!("… and {more} more")));
        }
        self.region.draw(&lines)
    }

    /// Writes text to the output. Ignores errors, because a closed console must not make the call
    /// fail.
    fn write(&mut self, text: &str) {
        if !text.is_empty() {
            let _ = self.output.write_all(text.as_bytes()).and_then(|()| self.output.flush());
        }
    }
}

pub(super) fn key_of(run: &Run) -> Key {
    (run.id, run.parent_ids.len())
}
