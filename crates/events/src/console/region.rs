//! [`Region`]: the lines of open runs at the bottom of a terminal, which are drawn again and again.
//!
//! # Sharing the terminal
//!
//! The program can print to the same terminal at any time, and the tree cannot detect this. The
//! region is therefore drawn *below* the cursor, and the cursor returns to its earlier position: to
//! an empty line above the region, or to the middle of a line that the program has begun. The next
//! output of the program appears there, and moves the cursor. To draw again, the tree erases only
//! the area below and to the right of the cursor. The tree never erases the output of the program,
//! and does not depend on the size of the terminal or the position of the cursor:
//!
//! 1. `ED` erases from the cursor to the end of the screen.
//! 2. `IND` moves the cursor down one line at a time, and scrolls if it is at the bottom. `CUU`
//!    moves it up again. Now there are enough lines below the cursor. Neither changes the column.
//! 3. `DECSC` stores the position of the cursor, and `DECRC` restores it after the lines are
//!    written.
//! 4. While a line is written, automatic wrapping is off (`DECAWM`), so that a line that is wider
//!    than the terminal still takes one line.
//!
//! If the program prints several lines between two redraws, they overwrite lines of the region. The
//! next redraw erases the remaining parts of the region below the cursor. Parts of the region in
//! lines above the cursor stay visible.

use std::mem;

/// The number of runs that are shown. The number is small, because the height of the terminal is
/// not known.
pub(super) const LINES: usize = 8;

/// Erases from the cursor to the end of the screen.
const ERASE: &str = "\x1b[J";

/// The lines that are drawn below the cursor.
#[derive(Debug, Default)]
pub(super) struct Region {
    is_drawn: bool,
}

impl Region {
    /// Returns the control sequences and the text that print lines at the cursor, above the region.
    /// The region must then be drawn again.
    pub(super) fn print(&mut self, lines: &str) -> String {
        format!("{}{lines}", self.erase())
    }

    pub(super) fn is_drawn(&self) -> bool {
        self.is_drawn
    }

    /// Returns the control sequence that erases the region.
    pub(super) fn erase(&mut self) -> &'static str {
        if mem::take(&mut self.is_drawn) { ERASE } else { "" }
    }

    /// Returns the control sequences and the text that draw lines below the cursor and move the
    /// cursor back.
    pub(super) fn draw(&mut self, lines: &[String]) -> String {
        let mut drawing = String::from(self.erase());
        if lines.is_empty() {
            return drawing;
        }
        self.is_drawn = true;
        drawing.push_str(&"\x1bD".repeat(lines.len()));
        drawing.push_str(&format!("\x1b[{}A\x1b7\x1b[?7l", lines.len()));
        for line in lines {
            drawing.push_str("\r\n");
            drawing.push_str(line);
        }
        // Some terminals restore the wrapping with the cursor, and others do not.
        drawing.push_str("\x1b8\x1b[?7h");
        drawing
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WIDTH: usize = 20;
    const HEIGHT: usize = 6;

    /// A terminal that supports the control sequences of the region.
    #[derive(Default)]
    struct Terminal {
        /// All lines, also those that have been scrolled out of the screen.
        lines: Vec<Vec<char>>,
        row: usize,
        column: usize,
        saved: (usize, usize),
        is_clipping: bool,
    }

    impl Terminal {
        /// Returns the first row of the screen.
        fn top(&self) -> usize {
            self.lines.len().saturating_sub(HEIGHT)
        }

        fn down(&mut self) {
            self.row += 1;
            if self.row >= self.lines.len() {
                self.lines.resize(self.row + 1, Vec::new());
            }
        }

        fn put(&mut self, c: char) {
            if self.column == WIDTH {
                if self.is_clipping {
                    self.column -= 1;
                } else {
                    self.column = 0;
                    self.down();
                }
            }
            let line = &mut self.lines[self.row];
            line.resize(line.len().max(self.column + 1), ' ');
            line[self.column] = c;
            self.column += 1;
        }

        fn write(&mut self, text: &str) {
            if self.lines.is_empty() {
                self.lines.push(Vec::new());
            }
            let mut rest = text;
            while let Some(c) = rest.chars().next() {
                rest = &rest[c.len_utf8()..];
                match c {
                    '\r' => self.column = 0,
                    // A terminal in its usual mode also returns to the first column.
                    '\n' => {
                        self.column = 0;
                        self.down();
                    }
                    '\x1b' => rest = self.control(rest),
                    c => self.put(c),
                }
            }
        }

        fn control<'a>(&mut self, text: &'a str) -> &'a str {
            let codes = ["[J", "D", "7", "8", "[?7l", "[?7h"];
            if let Some(code) = codes.iter().find(|code| text.starts_with(**code)) {
                match *code {
                    "[J" => {
                        self.lines[self.row].truncate(self.column);
                        self.lines.truncate(self.row + 1);
                        // The screen has the same height as before, but the empty lines are left
                        // out.
                    }
                    "D" => self.down(),
                    // A terminal stores the row of the screen, and not of the text.
                    "7" => self.saved = (self.row - self.top(), self.column),
                    "8" => (self.row, self.column) = (self.top() + self.saved.0, self.saved.1),
                    code => self.is_clipping = code == "[?7l",
                }
                return &text[code.len()..];
            }
            let (count, rest) = text[1..].split_once('A').expect("an unknown control sequence");
            self.row -= count.parse::<usize>().unwrap();
            rest
        }

        fn text(&self) -> Vec<String> {
            let lines = self.lines.iter().map(|line| line.iter().collect::<String>());
            let mut lines: Vec<_> = lines.map(|line| line.trim_end().to_owned()).collect();
            while lines.last().is_some_and(String::is_empty) {
                lines.pop();
            }
            lines
        }
    }

    #[derive(Clone, Debug)]
    enum Step {
        /// The program prints a part of a line.
        Part(String),
        /// The program ends a line.
        NewLine,
        /// The tree prints a line.
        Line(String),
        /// The tree draws open runs.
        Draw(usize),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            "[a-z]{1,3}".prop_map(Step::Part),
            Just(Step::NewLine),
            "[A-Z]{1,30}".prop_map(Step::Line),
            (0..4usize).prop_map(Step::Draw),
        ]
    }

    /// Returns the text of a terminal with a region and of a terminal without one. `redraws` is
    /// whether the region is drawn again after each line of the program.
    fn terminals(steps: &[Step], redraws: bool) -> (Vec<String>, Vec<String>) {
        let (mut with, mut without) = (Terminal::default(), Terminal::default());
        let mut region = Region::default();
        let mut open = Vec::new();
        let mut column = 0;
        for step in steps {
            match step {
                // A line of the program that is wider than the terminal can cover the region.
                Step::Part(part) if column + part.len() >= WIDTH => {}
                Step::Part(part) => {
                    column += part.len();
                    with.write(part);
                    without.write(part);
                }
                Step::NewLine => {
                    column = 0;
                    with.write("\n");
                    without.write("\n");
                    if redraws {
                        with.write(&region.draw(&open));
                    }
                }
                Step::Line(line) => {
                    column = 0;
                    let line = format!("{line}\n");
                    with.write(&region.print(&line));
                    without.write(&line);
                    with.write(&region.draw(&open));
                }
                Step::Draw(count) => {
                    open = vec!["an open run that is wider than the terminal".to_owned(); *count];
                    with.write(&region.draw(&open));
                }
            }
        }
        with.write(region.erase());
        (with.text(), without.text())
    }

    proptest! {
        #[test]
        fn a_region_leaves_no_traces(steps in prop::collection::vec(step(), 0..60)) {
            let (with, without) = terminals(&steps, true);
            prop_assert_eq!(with, without);
        }

        #[test]
        fn a_region_never_erases_what_the_program_prints(
            steps in prop::collection::vec(step(), 0..60),
        ) {
            let (with, without) = terminals(&steps, false);
            for (number, line) in without.iter().enumerate() {
                let found = with.get(number).cloned().unwrap_or_default();
                prop_assert!(found.starts_with(&**line), "{:?} in {:?}", line, with);
            }
        }
    }

    #[test]
    fn a_region_is_below_the_cursor() {
        let (mut terminal, mut region) = (Terminal::default(), Region::default());
        terminal.write("The answer is");
        terminal.write(&region.draw(&["◌ model".to_owned()]));
        terminal.write(" 42");
        assert_eq!(terminal.text(), ["The answer is 42", "◌ model"]);
        terminal.write(&region.draw(&[]));
        assert_eq!(terminal.text(), ["The answer is 42"]);
        assert!(!region.is_drawn());
    }
}
