//! The listener that prints.

use std::{
    env, fmt,
    io::{self, IsTerminal, Write},
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use runnable_chat::{
    AiMessage, AiMessageChunk, Usage,
    run_kind::{CHAT_MODEL, TOOL},
};
use runnable_core::{Interest, Listener, Payload, Run, RunEvent, RunEventData};

use super::{
    forest::Forest,
    line::{Outcome, Style, Summary},
    notes::{arguments_of, message_of, notes_of},
};

/// Prints each step of a run as it happens: how it ended (✓, ✗ error, ⊘ cancelled), its name, how
/// long it took, to the first token too, and its tokens. Then what tells it from others of its name:
/// the arguments of a tool, the item of a batch, the branch, the key of a parallel, the attempt, and
/// the place of a closure in the source. A run that retried says how often, and how long it waited.
///
/// ```text
/// ┌ RunnableSequence
/// │ ✓ ChatPromptTemplate                             8 µs
/// │ ✓ ChatLocal (SmolLM2-135M-Instruct.Q4_1)       1.27 s   first token  336 ms   37 → 50 tokens, 52.6/s
/// │ ✓ StrOutputParser                              931 ms   first chunk    3 µs
/// └ ✓ RunnableSequence                             1.27 s   first chunk  336 ms
/// ```
///
/// An error says its message, cut short, in the line of the run where it arose and in that of the
/// outermost run.
///
/// Runs side by side are printed one below the other: what happens beside the foremost run is
/// printed when that has ended.
///
/// ```
/// use runnable_core::prelude::*;
/// use runnable_events::ConsoleTree;
///
/// # async fn example(chain: DynRunnable<String, String>) -> Result<()> {
/// chain.invoke("ada").config(RunConfig::new().listener(ConsoleTree::stderr())).await?;
/// # Ok(())
/// # }
/// ```
///
/// A clone is a handle on the same tree. When the last one is dropped, the tree prints the lines that
/// it [buffers](Self::buffered).
#[doc(alias = "ConsoleCallbackHandler")]
#[derive(Clone)]
pub struct ConsoleTree {
    shared: Arc<Mutex<Printer>>,
}

struct Printer {
    forest: Forest,
    style: Style,
    output: Box<dyn Write + Send>,
    /// Lines that wait to be released, if lines are held back.
    held: Option<String>,
}

impl ConsoleTree {
    /// A tree on standard error. In colours if that is a terminal, unless `NO_COLOR` is set or
    /// `TERM` is `dumb`; `CLICOLOR_FORCE` forces them.
    pub fn stderr() -> Self {
        Self::new(io::stderr())
            .colors(colors_wanted(io::stderr().is_terminal(), |name| env::var(name).ok()))
    }

    /// A tree in any output, without colours.
    pub fn new(output: impl Write + Send + 'static) -> Self {
        let (forest, style) = (Forest::default(), Style { colors: false });
        let printer = Printer { forest, style, output: Box::new(output), held: None };
        Self { shared: Arc::new(Mutex::new(printer)) }
    }

    /// Whether to print in colours.
    #[must_use]
    pub fn colors(self, colors: bool) -> Self {
        self.printer().style = Style { colors };
        self
    }

    /// Holds the lines back until they are [flushed](Self::flush): for a program that prints
    /// the answer to the same terminal meanwhile.
    #[must_use]
    pub fn buffered(self) -> Self {
        self.printer().held.get_or_insert_default();
        self
    }

    /// Prints the lines that were held back. A tree that is dropped, such as by a `main` that fails,
    /// does so too.
    pub fn flush(&self) {
        let mut printer = self.printer();
        let lines = printer.held.as_mut().map(mem::take).unwrap_or_default();
        printer.write(&lines);
    }

    fn printer(&self) -> MutexGuard<'_, Printer> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Printer {
    fn drop(&mut self) {
        let lines = self.held.take().unwrap_or_default();
        self.write(&lines);
    }
}

impl Printer {
    fn print(&mut self) {
        let lines = self.forest.lines(self.style);
        match &mut self.held {
            Some(held) => held.push_str(&lines),
            None => self.write(&lines),
        }
    }

    /// A console that is gone must not fail the run.
    fn write(&mut self, lines: &str) {
        if !lines.is_empty() {
            let _ = self.output.write_all(lines.as_bytes()).and_then(|()| self.output.flush());
        }
    }
}

impl Listener for ConsoleTree {
    /// Of a chat model, its tokens; of a tool, its arguments; of the others, when they start and end.
    fn interest(&self, run: &Run) -> Option<Interest> {
        Some(match run.kind {
            CHAT_MODEL => Interest::everything(),
            TOOL => Interest::lifecycle().with_values(),
            _ => Interest::lifecycle(),
        })
    }

    fn on_event(&self, event: &RunEvent<'_>) {
        let (outcome, answer) = match &event.data {
            RunEventData::Start { input, .. } => {
                let input = input.as_ref().filter(|_| event.run.kind == TOOL);
                let arguments = input.and_then(arguments_of);
                let mut printer = self.printer();
                printer.forest.start(event.run, arguments);
                return printer.print();
            }
            RunEventData::Retry { wait, .. } => {
                return self.printer().forest.retry(event.run, *wait);
            }
            RunEventData::End { output, .. } => (Outcome::Ok, output),
            RunEventData::Error { error, partial, .. } => {
                (Outcome::Error(message_of(error, event.run)), partial)
            }
            RunEventData::Cancelled { partial, .. } => (Outcome::Cancelled, partial),
            _ => return,
        };
        let failed = matches!(outcome, Outcome::Error(_));
        let (usage, notes) = (answer.as_ref().and_then(usage_of), notes_of(event.run, failed));
        let summary = Summary { outcome, timing: event.timing, usage, notes };
        let mut printer = self.printer();
        printer.forest.end(event.run, summary);
        printer.print();
    }
}

impl fmt::Debug for ConsoleTree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsoleTree").finish_non_exhaustive()
    }
}

fn usage_of(answer: &Payload<'_>) -> Option<Usage> {
    let whole = answer.downcast_ref::<AiMessage>().map(|message| message.usage);
    let partial = || answer.downcast_ref::<AiMessageChunk>().map(AiMessageChunk::usage);
    whole.or_else(partial).flatten()
}

/// Whether to print in colours, by the variables that terminals and their users agree on
/// (<https://no-color.org>, <https://bixense.com/clicolors>).
fn colors_wanted(terminal: bool, variable: impl Fn(&str) -> Option<String>) -> bool {
    let set = |name| variable(name).is_some_and(|value| !value.is_empty() && value != "0");
    if variable("NO_COLOR").is_some_and(|value| !value.is_empty()) {
        return false;
    }
    set("CLICOLOR_FORCE") || (terminal && variable("TERM").as_deref() != Some("dumb"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_are_for_terminals_and_for_who_wants_them() {
        let wanted = |terminal, set: &[(&str, &str)]| {
            colors_wanted(terminal, |name| {
                set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
            })
        };
        assert!(wanted(true, &[("TERM", "xterm")]));
        assert!(!wanted(false, &[("TERM", "xterm")]));
        assert!(!wanted(true, &[("NO_COLOR", "1")]));
        assert!(wanted(true, &[("NO_COLOR", "")]), "an empty NO_COLOR is as if it were not set");
        assert!(!wanted(true, &[("TERM", "dumb")]));
        assert!(wanted(false, &[("CLICOLOR_FORCE", "1")]));
        assert!(!wanted(false, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    }
}
