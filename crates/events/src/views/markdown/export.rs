//! [`TraceMarkdown`]: a trace as Markdown.

use std::fmt;

use runnable_chat::pricing::Prices;

use super::{
    document::Document,
    sections::{errors, findings, summary, tree},
    steps::add_steps,
};
use crate::{RunState, Trace, TraceRun};

/// The default size in characters. It is about 5,000 tokens.
const SIZE: usize = 20_000;

/// The smallest size of a call in characters. If there is room for less, there are fewer calls.
const CALL: usize = 1500;

/// A trace as Markdown, to paste into an issue or to give to a model. Created by
/// [`Trace::markdown`].
///
/// `Display` returns, for each call: a line with the outcome and the figures, the tree of the runs,
/// the findings, the errors with their causes, and the inputs and outputs of the call, of steps
/// that failed, and of models, tools and retrievers. The same trace always gives the same text.
///
/// Names, messages of errors and values are always shown as code, so they cannot become markup,
/// link to an issue or mention a person.
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
/// let text = trace.markdown().max_chars(2000).to_string();
/// assert!(text.starts_with("## `shout` completed in "));
/// assert!(text.contains("Output:\n\n```text\nHI\n```\n"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct TraceMarkdown<'a> {
    trace: &'a Trace,
    run: Option<&'a TraceRun>,
    max_chars: usize,
    prices: Option<&'a Prices>,
}

impl Trace {
    /// Returns the trace as Markdown, with at most 20,000 characters.
    ///
    /// ```
    /// use runnable_events::Trace;
    ///
    /// assert_eq!(Trace::new().markdown().to_string(), "");
    /// ```
    pub fn markdown(&self) -> TraceMarkdown<'_> {
        TraceMarkdown { trace: self, run: None, max_chars: SIZE, prices: None }
    }
}

impl<'a> TraceMarkdown<'a> {
    /// Shows only a run and the runs inside it.
    ///
    /// ```
    /// use runnable_events::Trace;
    ///
    /// fn first_call(trace: &Trace) -> Option<String> {
    ///     Some(trace.markdown().run(trace.roots().next()?).to_string())
    /// }
    /// assert_eq!(first_call(&Trace::new()), None);
    /// ```
    pub fn run(mut self, run: &'a TraceRun) -> Self {
        self.run = Some(run);
        self
    }

    /// Sets the prices at which the calls of models are shown with their costs. By default, no
    /// costs are shown. The cost of a call whose model has no price is "unknown".
    ///
    /// ```
    /// use runnable_chat::pricing::Prices;
    /// use runnable_events::Trace;
    ///
    /// assert_eq!(Trace::new().markdown().prices(&Prices::shipped()).to_string(), "");
    /// ```
    pub fn prices(mut self, prices: &'a Prices) -> Self {
        self.prices = Some(prices);
        self
    }

    /// Sets the largest number of characters. The default is 20,000.
    ///
    /// Values are shortened first, then steps and lines of the tree are left out. The text states
    /// how much is left out.
    ///
    /// ```
    /// use runnable_events::Trace;
    ///
    /// assert_eq!(Trace::new().markdown().max_chars(100).to_string(), "");
    /// ```
    pub fn max_chars(mut self, characters: usize) -> Self {
        self.max_chars = characters;
        self
    }

    fn add(&self, document: &mut Document, root: &TraceRun, calls_left: usize) {
        // The calls share the available characters. A call that needs fewer characters leaves the
        // rest to the following calls.
        let room = document.room() / calls_left.max(1);
        let mut part = Document::new(room);
        if part.add(&summary(self.trace, root, self.prices)) {
            if let Some(tree) = tree(self.trace, root, self.prices, part.room() / 2) {
                part.add(&tree);
            }
            if let Some(findings) = findings(self.trace, root, part.room() / 3) {
                part.add(&findings);
            }
            let share = part.room() / 2;
            part.add_list("Errors", &errors(self.trace, root), share);
            add_steps(&mut part, self.trace, root);
        }
        document.add(&part.into_text());
    }
}

impl fmt::Display for TraceMarkdown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut document = Document::new(self.max_chars);
        let calls: Vec<&TraceRun> = match self.run {
            Some(run) => vec![run],
            None => chosen(self.trace.roots(), (self.max_chars / CALL).max(1)),
        };
        for (index, call) in calls.iter().enumerate() {
            if index > 0 {
                document.add("\n");
            }
            self.add(&mut document, call, calls.len() - index);
        }
        let all = self.run.map_or_else(|| self.trace.roots().count(), |_| 1);
        if all > calls.len() {
            document.add(&format!("\n{} more calls are left out.\n", all - calls.len()));
        }
        f.write_str(&document.into_text())
    }
}

/// Returns the calls that are shown: first those that did not complete, in the order in which they
/// started.
fn chosen<'a>(calls: impl Iterator<Item = &'a TraceRun>, count: usize) -> Vec<&'a TraceRun> {
    let mut calls: Vec<&TraceRun> = calls.collect();
    calls.sort_by_key(|call| (matches!(call.state, RunState::Completed), call.number()));
    calls.truncate(count);
    calls.sort_by_key(|call| call.number());
    calls
}
