//! The listener that prints a tree of runs.

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

/// A listener that prints the runs of a call as a tree, with times and token counts.
///
/// The line of a run contains:
///
/// - how the run ended: ✓ for success, ✗ for an error, ⊘ for a cancellation;
/// - the name of the run, its duration, the time to its first token or chunk, and its token usage;
/// - what distinguishes the run from runs with the same name: the arguments of a tool, the index in
///   a batch, the branch, the key in a `parallel`, the number of the attempt, and the source
///   location of a closure;
/// - the number of retries, and the time that the run waited before the retries.
///
/// ```text
/// ┌ RunnableSequence
/// │ ✓ ChatPromptTemplate                             8 µs
/// │ ✓ ChatLocal (SmolLM2-135M-Instruct.Q4_1)       1.27 s   first token  336 ms   37 → 50 tokens, 52.6/s
/// │ ✓ StrOutputParser                              931 ms   first chunk    3 µs
/// └ ✓ RunnableSequence                             1.27 s   first chunk  336 ms
/// ```
///
/// The message of an error is shortened to 200 characters. It is printed in the line of the run
/// that failed first, and in the line of the root run.
///
/// Parallel runs are printed one after the other: the lines of a later run are held back until the
/// earlier run has ended.
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
/// A clone is a handle to the same tree. When the last handle is dropped, the tree prints its
/// [buffered](Self::buffered) lines.
#[doc(alias = "ConsoleCallbackHandler")]
#[derive(Clone)]
pub struct ConsoleTree {
    shared: Arc<Mutex<Printer>>,
}

struct Printer {
    forest: Forest,
    style: Style,
    output: Box<dyn Write + Send>,
    /// The buffered lines. `None` if the tree is not buffered.
    held: Option<String>,
}

impl ConsoleTree {
    /// Creates a tree that prints to standard error.
    ///
    /// It uses colours if standard error is a terminal, unless `NO_COLOR` is set or `TERM` is
    /// `dumb`. If `CLICOLOR_FORCE` is set, it also uses colours without a terminal.
    pub fn stderr() -> Self {
        Self::new(io::stderr())
            .colors(colors_wanted(io::stderr().is_terminal(), |name| env::var(name).ok()))
    }

    /// Creates a tree that prints to `output`, without colours.
    ///
    /// ```
    /// use runnable_core::prelude::*;
    /// use runnable_events::ConsoleTree;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let shout = lambda(|text: String| text.to_uppercase());
    /// let tree = ConsoleTree::new(std::io::stdout());
    /// assert_eq!(shout.invoke("hi").config(RunConfig::new().listener(tree)).await?, "HI");
    /// # Ok(())
    /// # }
    /// ```
    pub fn new(output: impl Write + Send + 'static) -> Self {
        let (forest, style) = (Forest::default(), Style { colors: false });
        let printer = Printer { forest, style, output: Box::new(output), held: None };
        Self { shared: Arc::new(Mutex::new(printer)) }
    }

    /// Sets whether to print with colours.
    #[must_use]
    pub fn colors(self, colors: bool) -> Self {
        self.printer().style = Style { colors };
        self
    }

    /// Holds the lines back until [`flush`](Self::flush) is called.
    ///
    /// Use this if the program prints an answer to the same terminal during the call.
    #[must_use]
    pub fn buffered(self) -> Self {
        self.printer().held.get_or_insert_default();
        self
    }

    /// Prints the buffered lines.
    ///
    /// The buffered lines are also printed when the last handle to the tree is dropped, for example
    /// if `main` returns an error.
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

    /// Writes lines to the output. Ignores errors, because a closed console must not make the call
    /// fail.
    fn write(&mut self, lines: &str) {
        if !lines.is_empty() {
            let _ = self.output.write_all(lines.as_bytes()).and_then(|()| self.output.flush());
        }
    }
}

impl Listener for ConsoleTree {
    /// Requests chunks and values from runs of chat models, to print the time of the first token
    /// and the token usage. Requests values from runs of tools, to print their arguments. For other
    /// runs, the start and end events suffice.
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

/// Returns whether to use colours. The decision follows the conventions for environment variables
/// of <https://no-color.org> and <https://bixense.com/clicolors>.
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
    fn environment_variables_control_colors() {
        let wanted = |terminal, set: &[(&str, &str)]| {
            colors_wanted(terminal, |name| {
                set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
            })
        };
        assert!(wanted(true, &[("TERM", "xterm")]));
        assert!(!wanted(false, &[("TERM", "xterm")]));
        assert!(!wanted(true, &[("NO_COLOR", "1")]));
        assert!(wanted(true, &[("NO_COLOR", "")]), "an empty NO_COLOR has no effect");
        assert!(!wanted(true, &[("TERM", "dumb")]));
        assert!(wanted(false, &[("CLICOLOR_FORCE", "1")]));
        assert!(!wanted(false, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    }
}
