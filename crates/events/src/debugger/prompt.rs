//! [`Prompt`]: controls a debugger by commands that a thread reads.

use std::{
    io::{self, Write},
    thread,
};

use serde_json::Value;

use super::{
    breakpoint::Breakpoint,
    commands::{Command, HELP},
    control::DebuggerControl,
    printable::{printable, printable_lines},
    stop::Stop,
};
use crate::text::beginning;

/// The number of characters to which the input is shortened when a run stops.
const INPUT: usize = 200;

/// The number of characters to which a requested value is shortened.
const VALUE: usize = 20_000;

/// Controls a debugger by commands. Created for [`Debugger::prompt`](crate::Debugger::prompt).
pub(super) struct Prompt<R, W> {
    control: DebuggerControl,
    read_line: R,
    output: W,
    /// The command that an empty line repeats.
    last: Command,
}

impl<R, W> Prompt<R, W>
where
    R: FnMut(&mut String) -> io::Result<usize> + Send + 'static,
    W: Write + Send + 'static,
{
    pub(super) fn new(control: DebuggerControl, read_line: R, output: W) -> Self {
        Self { control, read_line, output, last: Command::Help }
    }

    /// Starts the thread that reads commands. The thread ends at the end of the input, or when no
    /// further stop is possible.
    pub(super) fn spawn(mut self) {
        let run = move || {
            while let Some(stop) = self.control.blocking_next_stop() {
                if self.ask(stop).is_err() {
                    return;
                }
            }
        };
        // If the thread cannot be created, the control is dropped, so that no run stops.
        drop(thread::Builder::new().name("debugger".to_owned()).spawn(run));
    }

    /// Prints a stop, and executes commands until the run continues.
    ///
    /// # Errors
    ///
    /// Returns an error if the input has ended, or if the input or the output fails. Then the
    /// prompt is dropped, and all runs continue.
    fn ask(&mut self, stop: Stop) -> io::Result<()> {
        self.print(&headline(&stop))?;
        let mut stop = Some(stop);
        while let Some(stopped) = stop.take() {
            write!(self.output, "debugger (h for help)> ")?;
            self.output.flush()?;
            let mut line = String::new();
            if (self.read_line)(&mut line)? == 0 {
                self.print("\nthe input of the debugger has ended: all runs continue")?;
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let command = match line.trim() {
                "" => Some(self.last.clone()),
                _ => Command::read(&line),
            };
            let Some(command) = command else {
                let line = printable(line.trim());
                self.print(&format!("unknown command `{line}`; enter `h` for help"))?;
                stop = Some(stopped);
                continue;
            };
            self.last = command.clone();
            stop = self.follow(command, stopped)?;
        }
        Ok(())
    }

    /// Executes a command. Returns the stop if the run does not continue.
    fn follow(&mut self, command: Command, stop: Stop) -> io::Result<Option<Stop>> {
        match command {
            Command::Continue => stop.resume(),
            Command::Step => stop.step(),
            Command::Next => stop.step_over(),
            Command::Cancel => stop.cancel(),
            Command::Help => return self.print(HELP).map(|()| Some(stop)),
            Command::Tree => return self.print(&stop.tree()).map(|()| Some(stop)),
            Command::Input => {
                let input = stop.input().map_or_else(no_input, |input| text_of(input, VALUE));
                return self.print(&input).map(|()| Some(stop));
            }
            Command::Event => {
                let event = serde_json::to_value(stop.event()).unwrap_or_default();
                let data = event.get("data").unwrap_or(&event);
                return self.print(&text_of(data, VALUE)).map(|()| Some(stop));
            }
            Command::Break(name) => {
                let message = format!("breakpoint before `{}`", printable(&name));
                self.control.break_on(Breakpoint::name(name));
                return self.print(&message).map(|()| Some(stop));
            }
        }
        Ok(None)
    }

    fn print(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.output, "{}", printable_lines(text))
    }
}

/// Describes where a run stopped, and shows the beginning of its input.
fn headline(stop: &Stop) -> String {
    let run = stop.run();
    let event = stop.event();
    let at = match event.event_name() {
        name if name.ends_with("_start") => "before".to_owned(),
        name => format!("at {name} of"),
    };
    let position = run.position.as_deref().map(|tag| format!(", {tag}")).unwrap_or_default();
    let path: Vec<_> = run.parent_names.iter().map(|name| printable(name)).collect();
    let inside = if path.is_empty() { String::new() } else { format!(" in {}", path.join(" > ")) };
    let name = printable(&run.name);
    let input = match stop.input() {
        Some(input) => beginning(&printable(&input.to_string()), INPUT),
        None => no_input(),
    };
    format!("stopped {at} `{name}` ({}{position}){inside}\n  input: {input}", run.kind)
}

fn no_input() -> String {
    "(the input is not complete: the step processes it in chunks)".to_owned()
}

/// Returns a text unchanged, and other values as indented JSON.
fn text_of(value: &Value, length: usize) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => serde_json::to_string_pretty(other).unwrap_or_default(),
    };
    beginning(&text, length)
}
