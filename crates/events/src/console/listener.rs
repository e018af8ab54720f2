//! [`ConsoleTree`]: the listener that prints a tree of runs.

use std::{
    fmt,
    io::{self, IsTerminal, Write},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use runnable_chat::{
    AiMessage, AiMessageChunk, Usage,
    metering::USAGE_REPORT,
    run_kind::{CHAT_MODEL, TOOL},
};
use runnable_core::{CancelCause, Error, Interest, Listener, Payload, Run, RunEvent, RunEventData};

use super::{
    closing::{Closing, Outcome},
    detail::{Detail, words},
    environment::Terminal,
    forest::Opening,
    live_findings::LiveFindings,
    notes::{Place, arguments_of, shortened},
    printer::{Printer, key_of},
    style::Style,
    ticker,
};
use crate::{
    Redaction,
    event::json,
    text::{Preview, label},
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
/// - the details of the run: retries and the time before them, the fallback that was taken, waits,
///   and failed HTTP requests.
///
/// ```text
/// ┌ RunnableSequence
/// │ ✓ ChatPromptTemplate                             8 µs
/// │ ✓ ChatLocal (SmolLM2-135M-Instruct.Q4_1)       1.27 s   first token  336 ms   37 → 50 tokens, 52.6/s
/// │ ✓ StrOutputParser                              931 ms   first chunk    3 µs
/// └ ✓ RunnableSequence                             1.27 s   first chunk  336 ms
/// ```
///
/// With [`values(true)`](Self::values), the tree also contains inputs, outputs and custom events.
///
/// API keys, passwords and other secrets are removed from everything that is printed, as described at
/// [`Redaction`]. [`redaction`](Self::redaction) removes more.
///
/// The message of an error is shortened to 200 characters. It is printed in the line of the run
/// that failed first, and in the line of the root run.
///
/// Parallel runs are printed one after the other: the lines of a later run are held back until the
/// earlier run has ended.
///
/// # On a terminal
///
/// [`stderr`](Self::stderr) draws the runs that are open below the tree, with the time and the
/// number of chunks so far, and updates them ten times per second. The program can print to the
/// same terminal at any time, because the tree never erases the output of the program. If the
/// program prints a part of a line, such as a part of an answer, the next line of the tree
/// continues this line. Use [`buffered`](Self::buffered) in such a program.
///
/// If the process is killed, the lines of the open runs remain on the screen, below the cursor.
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
    shared: Arc<Shared>,
}

/// The printer has its own `Arc`, because the thread that redraws must not delay the drop of the
/// tree.
struct Shared {
    printer: Arc<Mutex<Printer>>,
    findings: Mutex<LiveFindings>,
}

impl ConsoleTree {
    /// Creates a tree that prints to standard error.
    ///
    /// It uses colours if standard error is a terminal, unless `NO_COLOR` is set or `TERM` is
    /// `dumb`. If `CLICOLOR_FORCE` is set, it also uses colours without a terminal. It draws open
    /// runs if standard error is a terminal, and `TERM` is set and not `dumb`.
    pub fn stderr() -> Self {
        let Terminal { style, is_live } = Terminal::of_environment(io::stderr().is_terminal());
        Self::with(Printer::new(Box::new(io::stderr()), style, is_live))
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
        Self::with(Printer::new(Box::new(output), Style::default(), false))
    }

    fn with(printer: Printer) -> Self {
        let (printer, findings) = (Arc::new(Mutex::new(printer)), Mutex::default());
        Self { shared: Arc::new(Shared { printer, findings }) }
    }

    /// Sets whether to print with colours.
    ///
    /// ```
    /// use runnable_events::ConsoleTree;
    ///
    /// let tree = ConsoleTree::new(std::io::stdout()).colors(true);
    /// # drop(tree);
    /// ```
    #[must_use]
    pub fn colors(self, colors: bool) -> Self {
        self.printer().style.colors = colors;
        self
    }

    /// Sets whether to print inputs and outputs, and the details of runs: HTTP requests, failed
    /// attempts, waits and custom events. The default is `false`.
    ///
    /// A value is shown on one line, which is cut to the [width](Self::width). A value that is
    /// equal to the value printed before it, such as the output of the previous step, is not
    /// repeated. A message is shown as its role and text; of several messages, the last is shown.
    ///
    /// ```text
    /// ┌ RunnableSequence
    /// │ in  {"what":"words"}
    /// │ ✓ ChatPromptTemplate                             8 µs
    /// │   out human: Say words
    /// │ ✓ ChatLocal (SmolLM2-135M-Instruct.Q4_1)       1.27 s   first token  336 ms   37 → 50 tokens, 52.6/s
    /// │   out ai: Certainly! Here are some words: …
    /// ```
    ///
    /// ```
    /// use runnable_core::prelude::*;
    /// use runnable_events::ConsoleTree;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let shout = lambda(|text: String| text.to_uppercase());
    /// let tree = ConsoleTree::new(std::io::stdout()).values(true);
    /// assert_eq!(shout.invoke("hi").config(RunConfig::new().listener(tree)).await?, "HI");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn values(self, values: bool) -> Self {
        self.printer().style.values = values;
        self
    }

    /// Sets whether to print the [findings](crate::Trace::findings) of a call below its tree: its
    /// problems, and how to correct them. The default is `false`.
    ///
    /// The tree then keeps the events of a call until the call ends, and all runs serialize their
    /// values, so the call becomes slower.
    ///
    /// ```
    /// use runnable_events::ConsoleTree;
    ///
    /// let tree = ConsoleTree::new(std::io::stdout()).findings(true);
    /// # drop(tree);
    /// ```
    #[must_use]
    pub fn findings(self, findings: bool) -> Self {
        self.analysis().is_enabled = findings;
        self
    }

    /// Sets what is removed from names, values and errors before they are printed. The default is
    /// [`Redaction::default`].
    ///
    /// ```
    /// use runnable_events::{ConsoleTree, Redaction};
    ///
    /// let redaction = Redaction::builder().field("**.ssn").build();
    /// let tree = ConsoleTree::new(std::io::stdout()).values(true).redaction(redaction);
    /// # drop(tree);
    /// ```
    #[must_use]
    pub fn redaction(self, redaction: Redaction) -> Self {
        self.printer().redaction = redaction;
        self
    }

    /// Sets the width to which the lines of values are cut, in characters.
    ///
    /// The default is the environment variable `COLUMNS`. If it is not set, a terminal cuts the
    /// lines itself, and lines that are not for a terminal are cut to 120 characters. The lines of
    /// runs are never cut.
    ///
    /// ```
    /// use runnable_events::ConsoleTree;
    ///
    /// let tree = ConsoleTree::new(std::io::stdout()).values(true).width(80);
    /// # drop(tree);
    /// ```
    #[must_use]
    pub fn width(self, characters: usize) -> Self {
        self.printer().style.width = Some(characters);
        self
    }

    /// Sets whether to draw the open runs below the tree. [`stderr`](Self::stderr) does this by
    /// default if standard error is a terminal.
    ///
    /// Enable it only if the output is a terminal that understands the control sequences of the
    /// VT100. A [buffered](Self::buffered) tree never draws open runs.
    ///
    /// ```
    /// use runnable_events::ConsoleTree;
    ///
    /// let tree = ConsoleTree::stderr().live(false);
    /// # drop(tree);
    /// ```
    #[must_use]
    pub fn live(self, live: bool) -> Self {
        self.printer().set_live(live);
        self
    }

    /// Holds the lines back until [`flush`](Self::flush) is called.
    ///
    /// Use this if the program prints an answer to the same terminal during the call.
    #[must_use]
    pub fn buffered(self) -> Self {
        self.printer().hold();
        self
    }

    /// Prints the buffered lines.
    ///
    /// The buffered lines are also printed when the last handle to the tree is dropped, for example
    /// if `main` returns an error.
    pub fn flush(&self) {
        self.printer().flush();
    }

    fn analysis(&self) -> MutexGuard<'_, LiveFindings> {
        self.shared.findings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn printer(&self) -> MutexGuard<'_, Printer> {
        self.shared.printer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.printer.lock().unwrap_or_else(PoisonError::into_inner).close();
    }
}

impl Listener for ConsoleTree {
    /// Requests chunks and values from runs of chat models, to print the time of the first token
    /// and the token usage. Requests values from runs of tools, to print their arguments. For other
    /// runs, the start and end events suffice, unless values or open runs are printed.
    fn interest(&self, run: &Run) -> Option<Interest> {
        if self.analysis().is_enabled {
            return Some(Interest::everything());
        }
        let printer = self.printer();
        let mut interest = Interest::lifecycle();
        interest.chunks = run.kind == CHAT_MODEL || printer.is_live();
        interest.values = matches!(run.kind, CHAT_MODEL | TOOL) || printer.style.values;
        Some(interest)
    }

    fn on_event(&self, event: &RunEvent<'_>) {
        let run = event.run;
        let printer = self.printer();
        let (style, redaction) = (printer.style, printer.redaction.clone());
        drop(printer);
        let redacted = |root: &str, value: Payload<'_>| {
            let mut value = json(value);
            redaction.value(root, &mut value);
            value
        };
        let preview = |root: &str, value: &Option<Payload<'_>>| {
            value.filter(|_| style.values).map(|value| Preview::new(&redacted(root, value)))
        };
        let mut analysis = self.analysis();
        let findings = if analysis.is_enabled { analysis.add(event) } else { Vec::new() };
        drop(analysis);
        let (outcome, input, output) = match &event.data {
            RunEventData::Start { input, .. } => {
                let arguments = input.filter(|_| run.kind == TOOL && !style.values);
                let model = run.metadata.get("ls_model_name").and_then(|model| model.as_str());
                let opening = Opening {
                    parent: None,
                    name: redaction.text(&label(&run.name, model)).into_owned(),
                    input: preview("input", input),
                    arguments: arguments.map(|input| arguments_of(&redacted("input", input))),
                    since: Some(Instant::now()),
                };
                let needs_ticker = self.printer().start(run, opening);
                if needs_ticker {
                    ticker::start(&self.shared.printer);
                }
                return;
            }
            RunEventData::Chunk { .. } => {
                return self.printer().forest.progress(key_of(run), event.timing.chunks);
            }
            RunEventData::End { input, output, .. } => (Outcome::Ok, input, output),
            RunEventData::Error { error, partial, .. } => {
                (Outcome::Error(message_of(error, run, &redaction)), &None, partial)
            }
            RunEventData::Cancelled { cause, partial, .. } => {
                (Outcome::Cancelled(cause_of(*cause)), &None, partial)
            }
            other => {
                if let RunEventData::Report { name, data, .. } = other
                    && *name == USAGE_REPORT
                    && let Some(usage) = data.downcast_ref::<Usage>()
                    && run.kind != CHAT_MODEL
                {
                    self.printer().forest.report_usage(key_of(run), *usage);
                }
                if let Some(detail) = Detail::of(other, &redaction) {
                    self.printer().detail(run, &detail);
                }
                return;
            }
        };
        let findings = findings.iter().map(|finding| style.finding(finding)).collect();
        let closing = Closing {
            findings,
            is_model: run.kind == CHAT_MODEL,
            elapsed: event.timing.elapsed,
            first_chunk: event.timing.first_chunk,
            chunks: event.timing.chunks,
            usage: output.as_ref().and_then(usage_of),
            cost: None,
            notes: vec![note_of(run, matches!(outcome, Outcome::Error(_)), &redaction)],
            input: preview("input", input),
            output: preview("output", output),
            outcome,
        };
        self.printer().end(run, closing);
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

fn note_of(run: &Run, failed: bool, redaction: &Redaction) -> String {
    let source = run.source.map(|place| format!("{}:{}", place.file(), place.line()));
    let place = Place {
        item: run.batch_index.and_then(|index| u64::try_from(index).ok()),
        attempt: run.attempt,
        tag: run.position.as_deref(),
        source: source.as_deref(),
    };
    redaction.text(&place.note(failed)).into_owned()
}

/// Returns the message of an error for the line of `run`. It is printed for the run in which the
/// error occurred and for the root run. For the runs between these two, which only pass the error
/// on, the function returns an empty string.
fn message_of(error: &Error, run: &Run, redaction: &Redaction) -> String {
    match error.run_id() {
        Some(origin) if origin != run.id && !run.parent_ids.is_empty() => String::new(),
        _ => shortened(&redaction.text(&error.message())),
    }
}

/// Returns why a run was cancelled, unless its call was simply dropped.
fn cause_of(cause: CancelCause) -> Option<String> {
    (cause != CancelCause::Dropped).then(|| words(cause.as_str()))
}
