//! [`Debugger`]: stops a chain at breakpoints.

use std::{
    fmt,
    io::{self, BufRead, IsTerminal, Write},
    sync::Arc,
};

use runnable_core::{CancellationToken, RunConfig};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::{
    breakpoint::Breakpoint, control::DebuggerControl, debug_listener::DebugListener,
    prompt::Prompt, shared::Shared, stop::Stop,
};

/// Stops the runs of a call at breakpoints, from code or from a terminal.
///
/// A stop holds the run and all runs inside it. All other runs continue: concurrent runs, the runs
/// that enclose the held run, and other calls. An enclosing run continues until it needs the result
/// of the held run. Several runs can be stopped at the same time.
///
/// A stop at the start of a run is before the first poll of its step. A stop at another event holds
/// the run after the event: the value of the event has been passed on already. A run that has ended
/// cannot be held, so a stop at its end or its error holds its parent, and with it the steps that
/// come next.
///
/// While a run is held, the time limits of the call and of the steps around the run do not count.
/// The time limits of steps beside it continue, and so does a `tokio::time::timeout` around the
/// call. A held run still counts for `max_concurrency`.
///
/// A clone is a handle to the same debugger.
///
/// # Examples
///
/// From code:
///
/// ```
/// use runnable_core::prelude::*;
/// use runnable_events::{Breakpoint, Debugger};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let greet = lambda(|name: String| format!("hello, {name}")).with_name("greet");
/// let shout = lambda(|text: String| text.to_uppercase()).with_name("shout");
/// let chain = greet.pipe(shout);
///
/// let (debugger, mut control) = Debugger::new([Breakpoint::name("shout")]);
/// let call = chain.invoke("ada").config(debugger.config());
/// let watch = async {
///     let stop = control.next_stop().await.expect("the chain has a step `shout`");
///     let input = stop.input().cloned();
///     stop.resume();
///     input
/// };
/// let (output, input) = tokio::join!(call.into_future(), watch);
/// assert_eq!(input, Some("hello, ada".into()));
/// assert_eq!(output?, "HELLO, ADA");
/// # Ok(())
/// # }
/// ```
///
/// From a terminal:
///
/// ```no_run
/// # use runnable_core::prelude::*;
/// use runnable_events::{Breakpoint, Debugger};
///
/// # async fn example(chain: DynRunnable<String, String>) -> Result<()> {
/// let debugger = Debugger::terminal([Breakpoint::kind("tool")]);
/// let answer = chain.invoke("What is 3 + 4?").config(debugger.config()).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use = "a debugger has an effect only on a call that gets its `config`"]
pub struct Debugger {
    shared: Arc<Shared>,
    stops: UnboundedSender<Stop>,
}

impl Debugger {
    /// Creates a debugger that is controlled from code.
    ///
    /// The control must run concurrently with the call, for example in `tokio::join!` or in a task.
    /// A stop that the control does not take holds its run until the control is dropped.
    pub fn new(breakpoints: impl IntoIterator<Item = Breakpoint>) -> (Self, DebuggerControl) {
        let (stops, received) = unbounded_channel();
        let shared = Arc::new(Shared::new(breakpoints));
        let control = DebuggerControl::new(received, Arc::clone(&shared));
        (Self { shared, stops }, control)
    }

    /// Creates a debugger that is controlled from the terminal. It prints to the standard error,
    /// and a thread reads commands from the standard input. `h` lists the commands.
    ///
    /// At the end of the standard input, all runs continue. If the standard input is not a
    /// terminal, the debugger prints a message and stops no runs, because the program may need its
    /// input itself. To read commands from a pipe, use [`prompt`](Self::prompt).
    pub fn terminal(breakpoints: impl IntoIterator<Item = Breakpoint>) -> Self {
        let (debugger, control) = Self::new(breakpoints);
        if io::stdin().is_terminal() {
            let read = |line: &mut String| io::stdin().read_line(line);
            Prompt::new(control, read, io::stderr()).spawn();
        } else {
            let note = "breakpoints are ignored: standard input is not a terminal; use \
                        `Debugger::prompt` to read commands from another input";
            // Ignore errors, because a program can run without a standard error.
            writeln!(io::stderr(), "{note}").unwrap_or_default();
        }
        debugger
    }

    /// Creates a debugger that reads commands from `input`, and prints to `output`.
    ///
    /// A thread reads the commands. At the end of the input, all runs continue.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    /// use runnable_events::{Breakpoint, Debugger};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let shout = lambda(|text: String| text.to_uppercase()).with_name("shout");
    /// // Print the input, and continue.
    /// let debugger = Debugger::prompt([Breakpoint::name("shout")], &b"i\nc\n"[..], std::io::sink());
    /// assert_eq!(shout.invoke("hi").config(debugger.config()).await?, "HI");
    /// # Ok(())
    /// # }
    /// ```
    pub fn prompt(
        breakpoints: impl IntoIterator<Item = Breakpoint>,
        mut input: impl BufRead + Send + 'static,
        output: impl Write + Send + 'static,
    ) -> Self {
        let (debugger, control) = Self::new(breakpoints);
        let read = move |line: &mut String| input.read_line(line);
        Prompt::new(control, read, output).spawn();
        debugger
    }

    /// Returns the configuration for the calls that are debugged.
    ///
    /// [`Stop::cancel`] cancels the calls that got the same configuration, so use a new one for
    /// each call.
    pub fn config(&self) -> RunConfig {
        let token = CancellationToken::new();
        let (shared, stops) = (Arc::clone(&self.shared), self.stops.clone());
        let listener = DebugListener { shared, token: token.clone(), stops };
        RunConfig::new().cancellation_token(token).listener(listener)
    }

    /// Adds a breakpoint. It applies to the runs that start from now on.
    pub fn break_on(&self, breakpoint: Breakpoint) {
        self.shared.break_on(breakpoint);
    }

    /// Removes all breakpoints. Runs that are stopped stay stopped.
    pub fn clear_breakpoints(&self) {
        self.shared.update(|state| {
            state.breakpoints = Arc::default();
            Vec::new()
        });
    }
}

impl fmt::Debug for Debugger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let breakpoints = self.shared.read(|state| Arc::clone(&state.breakpoints));
        f.debug_struct("Debugger").field("breakpoints", &breakpoints).finish_non_exhaustive()
    }
}
