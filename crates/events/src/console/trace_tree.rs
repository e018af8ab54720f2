//! [`TraceTree`]: the runs of a trace as a tree, as text.

use std::{fmt, time::Duration};

use runnable_chat::pricing::Prices;

use super::{
    closing::{Closing, Outcome},
    detail::{Detail, words},
    forest::{Forest, Opening},
    notes::{Place, arguments_of, shortened},
    style::Style,
};
use crate::{
    RunState, Trace, TraceRun,
    text::{Preview, cost_of, is_chat_model, is_tool, label_of},
};

/// The runs of a trace as a tree, as text. Created by [`Trace::tree`].
///
/// `Display` returns the same lines that a [`ConsoleTree`](crate::ConsoleTree) prints. A run
/// without an end has the sign ◌, and its time is the time until the last event that is known.
///
/// ```
/// use runnable_core::prelude::*;
/// use runnable_events::{RecordedEvent, StreamEventsExt, Trace};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let shout = lambda(|text: String| text.to_uppercase()).with_name("shout");
/// let mut events = shout.stream_events("hi");
/// let mut trace = Trace::new();
/// while let Some(event) = events.next().await {
///     trace.add(&RecordedEvent::from(event?));
/// }
/// let tree = trace.tree().values(true).to_string();
/// let lines: Vec<_> = tree.lines().collect();
/// assert!(lines[0].starts_with("✓ shout"));
/// assert_eq!(lines[1..], ["  in  \"hi\"", "  out \"HI\""]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct TraceTree<'a> {
    trace: &'a Trace,
    /// The only run that is printed with the runs inside it. `None` for all runs.
    run: Option<&'a TraceRun>,
    style: Style,
    findings: bool,
    prices: Option<&'a Prices>,
}

impl Trace {
    /// Returns the runs as a tree, as text, without colours and values.
    ///
    /// ```
    /// use runnable_events::Trace;
    ///
    /// assert_eq!(Trace::new().tree().to_string(), "");
    /// ```
    pub fn tree(&self) -> TraceTree<'_> {
        TraceTree { trace: self, run: None, style: Style::default(), findings: false, prices: None }
    }
}

impl<'a> TraceTree<'a> {
    /// Prints only a run and the runs inside it.
    ///
    /// ```
    /// use runnable_events::Trace;
    ///
    /// fn first_call(trace: &Trace) -> String {
    ///     trace.roots().next().map(|run| trace.tree().run(run).to_string()).unwrap_or_default()
    /// }
    /// assert_eq!(first_call(&Trace::new()), "");
    /// ```
    pub fn run(mut self, run: &'a TraceRun) -> Self {
        self.run = Some(run);
        self
    }

    /// Sets whether to use colours. The default is `false`.
    ///
    /// ```
    /// use runnable_events::Trace;
    ///
    /// assert_eq!(Trace::new().tree().colors(true).to_string(), "");
    /// ```
    pub fn colors(mut self, colors: bool) -> Self {
        self.style.colors = colors;
        self
    }

    /// Sets whether to print inputs and outputs, and the details of runs, as
    /// [`ConsoleTree::values`](crate::ConsoleTree::values) does. The default is `false`.
    ///
    /// ```
    /// use runnable_events::Trace;
    ///
    /// assert_eq!(Trace::new().tree().values(true).to_string(), "");
    /// ```
    pub fn values(mut self, values: bool) -> Self {
        self.style.values = values;
        self
    }

    /// Sets whether to print the [findings](Trace::findings) below the tree. The default is
    /// `false`.
    ///
    /// ```
    /// use runnable_events::Trace;
    ///
    /// assert_eq!(Trace::new().tree().findings(true).to_string(), "");
    /// ```
    pub fn findings(mut self, findings: bool) -> Self {
        self.findings = findings;
        self
    }

    /// Sets the prices at which the calls of models are shown with their costs. By default, no
    /// costs are shown. The cost of a call whose model has no price is "unknown".
    ///
    /// ```
    /// use runnable_chat::pricing::Prices;
    /// use runnable_events::Trace;
    ///
    /// assert_eq!(Trace::new().tree().prices(&Prices::shipped()).to_string(), "");
    /// ```
    pub fn prices(mut self, prices: &'a Prices) -> Self {
        self.prices = Some(prices);
        self
    }

    /// Sets the width to which the lines of values are cut, in characters. The default is 120.
    ///
    /// ```
    /// use runnable_events::Trace;
    ///
    /// assert_eq!(Trace::new().tree().width(80).to_string(), "");
    /// ```
    pub fn width(mut self, characters: usize) -> Self {
        self.style.width = Some(characters);
        self
    }

    /// Adds the lines of a run and of the runs inside it.
    ///
    /// The method is not recursive, because deeply nested runs would then overflow the stack.
    fn print(&self, root: &'a TraceRun, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (trace, style) = (self.trace, self.style);
        let mut forest = Forest::default();
        let mut stack = vec![Step::Start(root)];
        while let Some(step) = stack.pop() {
            match step {
                Step::Start(run) => {
                    forest.start(run.number(), opening(trace, run, style.values));
                    stack.push(Step::End(run));
                    let inner = stack.len();
                    stack.extend(steps_in(trace, run));
                    if let Some(inner) = stack.get_mut(inner..) {
                        inner.reverse();
                    }
                }
                Step::Detail(run, detail) => forest.detail(run.number(), &detail, style),
                Step::End(run) => {
                    let mut closing = closing(run, style.values);
                    closing.cost = self.prices.and_then(|prices| cost_of(trace, run, prices));
                    forest.end(run.number(), closing);
                    f.write_str(&forest.lines(style))?;
                }
            }
        }
        Ok(())
    }
}

impl fmt::Display for TraceTree<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.run {
            Some(run) => self.print(run, f)?,
            None => self.trace.roots().try_for_each(|root| self.print(root, f))?,
        }
        if !self.findings {
            return Ok(());
        }
        let findings = match self.run {
            Some(run) => self.trace.findings_in(run),
            None => self.trace.findings(),
        };
        findings.iter().try_for_each(|finding| f.write_str(&self.style.finding(finding)))
    }
}

enum Step<'a> {
    Start(&'a TraceRun),
    Detail(&'a TraceRun, Detail),
    End(&'a TraceRun),
}

/// Returns the child runs of a run, and the details between them.
fn steps_in<'a>(trace: &'a Trace, run: &'a TraceRun) -> Vec<Step<'a>> {
    let mut steps = Vec::new();
    let mut children = trace.children(run).peekable();
    for occurrence in &run.occurrences {
        let Some(detail) = Detail::recorded(&occurrence.data) else { continue };
        while let Some(child) = children.next_if(|child| is_before(child, occurrence.at, &detail)) {
            steps.push(Step::Start(child));
        }
        steps.push(Step::Detail(run, detail));
    }
    steps.extend(children.map(Step::Start));
    steps
}

/// Returns whether a child run is printed above a detail of its parent. If both have the same time,
/// the numbers of attempts and of fallbacks decide.
fn is_before(child: &TraceRun, at: Duration, detail: &Detail) -> bool {
    let fallback = || child.position.tag.as_deref()?.strip_prefix("fallback:")?.parse::<u32>().ok();
    match (detail, child.position.attempt, fallback()) {
        (Detail::Retry { attempt, .. }, Some(of_child), _) => of_child <= *attempt,
        (Detail::Fallback { number, .. }, _, Some(of_child)) => of_child < *number,
        _ => child.start < at || (child.start == at && child.end.is_some_and(|end| end <= at)),
    }
}

fn opening(trace: &Trace, run: &TraceRun, values: bool) -> Opening<usize> {
    let input = run.input.as_deref();
    Opening {
        parent: trace.parent(run).map(TraceRun::number),
        name: label_of(run),
        input: input.filter(|_| values).map(Preview::new),
        arguments: input.filter(|_| is_tool(run) && !values).map(arguments_of),
        since: None,
    }
}

fn closing(run: &TraceRun, values: bool) -> Closing {
    let outcome = match &run.state {
        RunState::Completed => Outcome::Ok,
        RunState::Failed(error) => match &error.run_id {
            // The message is printed for the run in which the error occurred and for the root run.
            Some(origin) if **origin != *run.id && run.depth() > 0 => Outcome::Error(String::new()),
            _ => Outcome::Error(shortened(&error.message)),
        },
        RunState::Cancelled { cause } => {
            Outcome::Cancelled(cause.as_deref().filter(|cause| *cause != "dropped").map(words))
        }
        _ => Outcome::Unfinished,
    };
    let place = Place {
        item: run.position.item,
        attempt: run.position.attempt,
        tag: run.position.tag.as_deref(),
        source: run.source.as_deref(),
    };
    let output = run.output.as_deref().map(Preview::new);
    let text = || (!run.text.is_empty()).then(|| Preview::new(&run.text.as_str().into()));
    Closing {
        is_model: is_chat_model(run),
        elapsed: run.last_time().saturating_sub(run.start),
        first_chunk: run.time_to_first_chunk(),
        chunks: run.chunk_count,
        usage: run.usage,
        cost: None,
        notes: vec![place.note(matches!(outcome, Outcome::Error(_)))],
        input: None,
        // An unfinished run has no output, so use its chunks.
        findings: String::new(),
        output: output.or_else(text).filter(|_| values),
        outcome,
    }
}
