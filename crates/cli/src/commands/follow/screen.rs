//! `runnable follow`: prints the tree of a program that is still running.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, IsTerminal, Seek, SeekFrom, Write},
    path::Path,
    time::Duration,
};

use runnable::events::{RecordedEvent, Trace};
use tokio::time::{MissedTickBehavior, interval};

use crate::{
    arguments::{Color, Follow},
    exit::{self, Failure, Outcome, Reader, Result},
};

/// The maximum number of lines of unfinished trees on a terminal, so that they fit on each terminal:
/// lines above the screen cannot be replaced.
const LINES: usize = 20;

/// The time between two looks at the file.
const PERIOD: Duration = Duration::from_millis(200);

pub(super) fn run(arguments: &Follow, color: Color) -> Result {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(format!("failed to start the Tokio runtime: {error}")))?;
    runtime.block_on(async {
        tokio::select! {
            result = follow(arguments, color) => result,
            _ = tokio::signal::ctrl_c() => Ok(Outcome::Interrupted),
        }
    })
}

async fn follow(arguments: &Follow, color: Color) -> Result {
    let mut tail = Tail::new(&arguments.file, arguments.new);
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut screen = Screen::new(color);
    if !arguments.file.exists() {
        eprintln!("runnable: waiting for `{}`", arguments.file.display());
    }
    loop {
        ticks.tick().await;
        let events = tail.read().map_err(|error| {
            Failure::new(format!("failed to read `{}`: {error}", arguments.file.display()))
        })?;
        if screen.show(&events)? == Reader::HasEnough {
            return Ok(Outcome::Success);
        }
    }
}

/// The events that a program appends to a file.
struct Tail<'a> {
    path: &'a Path,
    /// The open file. `None` while it does not exist.
    file: Option<BufReader<File>>,
    /// Whether to start at the end of a file that exists.
    from_end: bool,
    /// The beginning of a line whose end is not written yet.
    line: Vec<u8>,
}

impl<'a> Tail<'a> {
    fn new(path: &'a Path, from_end: bool) -> Self {
        Self { path, file: None, from_end, line: Vec::new() }
    }

    /// Returns the events that were appended since the last call.
    fn read(&mut self) -> io::Result<Vec<RecordedEvent>> {
        if self.file.is_none() {
            match File::open(self.path) {
                Ok(mut file) => {
                    if self.from_end {
                        file.seek(SeekFrom::End(0))?;
                    }
                    self.file = Some(BufReader::new(file));
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => self.from_end = false,
                Err(error) => return Err(error),
            }
        }
        let mut events = Vec::new();
        let Some(file) = &mut self.file else { return Ok(events) };
        // A new program can have replaced the file by an empty one.
        if file.get_ref().metadata()?.len() < file.stream_position()? {
            file.rewind()?;
            self.line.clear();
        }
        while file.read_until(b'\n', &mut self.line)? > 0 && self.line.ends_with(b"\n") {
            // A line that is no event is a header, or is damaged.
            events.extend(serde_json::from_slice::<RecordedEvent>(&self.line).ok());
            self.line.clear();
        }
        Ok(events)
    }
}

/// Prints the trees of root runs: on a terminal while they run, and elsewhere when they have ended.
struct Screen {
    color: Color,
    is_terminal: bool,
    trace: Trace,
    /// The number of root runs whose tree is printed.
    printed: usize,
    /// The number of lines of the unfinished tree that are on the screen.
    drawn: usize,
}

impl Screen {
    fn new(color: Color) -> Self {
        let is_terminal = io::stdout().is_terminal();
        Self { color, is_terminal, trace: Trace::new(), printed: 0, drawn: 0 }
    }

    fn show(&mut self, events: &[RecordedEvent]) -> Result<Reader> {
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
