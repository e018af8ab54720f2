//! [`Screen`]: prints the trees of calls.

use std::io::{self, IsTerminal, Write};

use runnable::events::Trace;

use super::{open_calls::OpenCalls, tail::News};
use crate::{
    arguments::Color,
    exit::{self, Output, Result},
};

/// The maximum number of lines of unfinished trees on a terminal, so that they fit on each terminal:
/// lines above the screen cannot be replaced.
const LINES: usize = 20;

/// Turns automatic wrapping off, so that a line that is wider than the terminal is cut. Otherwise
/// it would take several lines, and not all of them would be erased.
const NO_WRAPPING: &str = "\x1b[?7l";

/// Turns automatic wrapping on.
const WRAPPING: &str = "\x1b[?7h";

/// Prints the trees of calls: on a terminal while they run, and elsewhere when they have ended.
pub(super) struct Screen {
    colors: bool,
    is_terminal: bool,
    calls: OpenCalls,
    /// The number of lines of unfinished trees that are on the screen.
    drawn: usize,
}

impl Screen {
    pub(super) fn new(color: Color) -> Self {
        let is_terminal = io::stdout().is_terminal();
        Self { colors: color.on_stdout(), is_terminal, calls: OpenCalls::default(), drawn: 0 }
    }

    pub(super) fn show(&mut self, news: &News) -> Result<Output> {
        if news.events.is_empty() && !news.is_other_recording {
            return Ok(Output::Open);
        }
        let text = self.text(news);
        let mut out = io::stdout();
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        exit::of_writing(written, "to standard output")
    }

    /// Returns the text that erases the unfinished trees, prints the trees of the calls that have
    /// ended, and draws the unfinished trees again.
    fn text(&mut self, news: &News) -> String {
        let mut text = self.erase();
        if news.is_other_recording {
            // The recording that is gone can no longer contain the ends of its calls.
            text.extend(self.calls.take_all().iter().map(|trace| self.tree(trace)));
        }
        for event in &news.events {
            self.calls.add(event);
        }
        text.extend(self.calls.take_ended().iter().map(|trace| self.tree(trace)));
        if self.is_terminal {
            text.push_str(&self.draw());
        }
        text
    }

    /// Returns the text that removes the unfinished trees from the terminal.
    fn erase(&self) -> String {
        match self.drawn {
            0 => String::new(),
            // Move the cursor to the first line of the trees, and clear the screen below it.
            lines => format!("\x1b[{lines}F\x1b[J"),
        }
    }

    /// Returns the last lines of the unfinished trees.
    fn draw(&mut self) -> String {
        let trees: String = self.calls.traces().map(|trace| self.tree(trace)).collect();
        let lines: Vec<_> = trees.lines().collect();
        self.drawn = lines.len().min(LINES);
        if self.drawn == 0 {
            return String::new();
        }
        format!("{NO_WRAPPING}{}\n{WRAPPING}", lines[lines.len() - self.drawn..].join("\n"))
    }

    fn tree(&self, trace: &Trace) -> String {
        trace.tree().colors(self.colors).to_string()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn screen() -> Screen {
        Screen { colors: true, is_terminal: true, calls: OpenCalls::default(), drawn: 0 }
    }

    /// Returns events of runs. Each is the name of a root run, the name of the run, which is the
    /// same for the root run, and the kind of the event.
    fn news(events: &[(&str, &str, &str)]) -> News {
        let events = events.iter().map(|(root, name, kind)| {
            let parents = if root == name { vec![] } else { vec![root] };
            let event = json!({
                "v": "1.0", "seq": 0, "time": "2026-01-31T12:00:00Z", "since_root_ms": 0,
                "elapsed_ms": 0, "run_id": name, "parent_ids": parents, "path": parents,
                "name": name, "kind": "chain", "event": kind,
                "data": { "input": 1, "output": 2 },
            });
            serde_json::from_value(event).unwrap()
        });
        News { events: events.collect(), is_other_recording: false }
    }

    #[test]
    fn unfinished_trees_are_below_the_trees_that_have_ended() {
        let mut screen = screen();
        screen.text(&news(&[("long", "long", "start"), ("short", "short", "start")]));
        assert_eq!(screen.drawn, 2);
        let text = screen.text(&news(&[("short", "short", "end")]));
        let (ended, unfinished) = text.split_once(NO_WRAPPING).unwrap();
        assert!(ended.starts_with("\x1b[2F\x1b[J") && ended.contains("short"), "{text:?}");
        assert!(unfinished.contains("long") && !unfinished.contains("short"), "{text:?}");
        assert_eq!(screen.drawn, 1);
    }

    #[test]
    fn the_terminal_cuts_the_lines_that_are_erased_later() {
        let mut screen = screen();
        let name = "long ".repeat(1_000);
        let text = screen.text(&news(&[(&name, &name, "start")]));
        assert!(text.starts_with(NO_WRAPPING) && text.ends_with(WRAPPING), "{text:?}");
        assert_eq!(screen.drawn, text.lines().count() - 1);
        let ended = screen.text(&news(&[(&name, &name, "end")]));
        assert!(!ended.contains(NO_WRAPPING), "finished trees are complete: {ended:?}");
    }

    #[test]
    fn calls_that_have_ended_are_not_stored() {
        let mut screen = screen();
        for number in 0..1_000 {
            let call = format!("call {number}");
            screen.text(&news(&[(&call, &call, "start"), (&call, &call, "end")]));
        }
        assert_eq!((screen.calls.traces().count(), screen.drawn), (0, 0));
    }

    #[test]
    fn an_event_after_the_end_of_its_call_is_ignored() {
        let mut screen = screen();
        screen.text(&news(&[("call", "call", "start"), ("call", "call", "end")]));
        assert_eq!(screen.text(&news(&[("call", "late", "end")])), "");
        let again = screen.text(&news(&[("call", "call", "start")]));
        assert!(again.contains("call"), "another call has the same ID: {again:?}");
    }
}
