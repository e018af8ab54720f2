//! [`TraceMermaid`]: the messages between the steps of a trace.

use std::{collections::HashMap, fmt, time::Duration};

use runnable_chat::run_kind::{RETRIEVER, TOOL};
use serde_json::Value;

use super::{escape::escaped, message::Message};
use crate::{
    RecordedData, RunState, Trace, TraceRun,
    text::{human, label_of, preview},
};

/// The number of characters to which a name is shortened.
const NAME: usize = 60;

/// The number of characters of a value that are shown, before the text is shortened as a whole.
const VALUE: usize = 60;

/// The number of messages that are shown by default.
const MESSAGES: usize = 100;

/// The messages between the steps of a trace, as a Mermaid sequence diagram. Created by
/// [`Trace::mermaid`].
///
/// The participants are the caller, the root runs, and the models, tools and retrievers. `Display`
/// returns the [text of the diagram](https://mermaid.js.org/syntax/sequenceDiagram.html), which many
/// viewers of Markdown display. Inputs, outputs and error messages are shortened.
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
/// let diagram = trace.mermaid().to_string();
/// assert!(diagram.starts_with("sequenceDiagram\n    participant p0 as caller\n"));
/// assert!(diagram.contains("    p0->>p1: #34;hi#34;\n    p1-->>p0: #34;HI#34;"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct TraceMermaid<'a> {
    trace: &'a Trace,
    run: Option<&'a TraceRun>,
    max_messages: usize,
}

impl Trace {
    /// Returns the messages between the steps as a Mermaid sequence diagram.
    ///
    /// ```
    /// use runnable_events::Trace;
    ///
    /// assert!(Trace::new().mermaid().to_string().starts_with("sequenceDiagram\n"));
    /// ```
    pub fn mermaid(&self) -> TraceMermaid<'_> {
        TraceMermaid { trace: self, run: None, max_messages: MESSAGES }
    }
}

impl<'a> TraceMermaid<'a> {
    /// Shows only a run and the runs inside it.
    ///
    /// ```
    /// use runnable_events::Trace;
    ///
    /// fn first_call(trace: &Trace) -> Option<String> {
    ///     Some(trace.mermaid().run(trace.roots().next()?).to_string())
    /// }
    /// assert_eq!(first_call(&Trace::new()), None);
    /// ```
    pub fn run(mut self, run: &'a TraceRun) -> Self {
        self.run = Some(run);
        self
    }

    /// Sets the largest number of messages. The diagram states the number of further messages. The
    /// default is 100.
    ///
    /// ```
    /// use runnable_events::Trace;
    ///
    /// let trace = Trace::new();
    /// let diagram = trace.mermaid().max_messages(10);
    /// assert_eq!(diagram.to_string().lines().count(), 2);
    /// ```
    pub fn max_messages(mut self, messages: usize) -> Self {
        self.max_messages = messages;
        self
    }
}

impl fmt::Display for TraceMermaid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut diagram = Diagram::new(self.trace);
        match self.run {
            Some(run) => diagram.add(run),
            None => self.trace.roots().for_each(|root| diagram.add(root)),
        }
        let mut messages = diagram.messages;
        // The messages of a run are in order, and messages at the same time keep their order.
        messages.sort_by_key(|(at, _)| *at);
        let shown = messages.get(..self.max_messages).unwrap_or(&messages);
        f.write_str("sequenceDiagram\n    participant p0 as caller\n")?;
        for (index, name) in diagram.names.iter().enumerate() {
            writeln!(f, "    participant p{} as {}", index + 1, escaped(name, NAME))?;
        }
        for (_, message) in shown {
            writeln!(f, "    {}", message.line())?;
        }
        match messages.len().saturating_sub(shown.len()) {
            0 => Ok(()),
            1 => writeln!(f, "    Note over p0: 1 more message is left out"),
            more => writeln!(f, "    Note over p0: {more} more messages are left out"),
        }
    }
}

/// The number of the participant that calls the root runs.
const CALLER: usize = 0;

/// A run that starts or ends.
enum Step<'a> {
    Start { run: &'a TraceRun, caller: usize },
    End { run: &'a TraceRun, caller: usize, participant: usize },
}

struct Diagram<'a> {
    trace: &'a Trace,
    /// The numbers of the participants, by the names and kinds of their runs.
    participants: HashMap<(String, &'a str), usize>,
    /// The names of the participants after the caller.
    names: Vec<String>,
    messages: Vec<(Duration, Message)>,
}

impl<'a> Diagram<'a> {
    fn new(trace: &'a Trace) -> Self {
        Self { trace, participants: HashMap::new(), names: Vec::new(), messages: Vec::new() }
    }

    /// Adds the messages of a run and of the runs inside it.
    fn add(&mut self, root: &'a TraceRun) {
        let mut stack = vec![Step::Start { run: root, caller: CALLER }];
        while let Some(step) = stack.pop() {
            match step {
                Step::Start { run, caller } => {
                    let is_shown = run.number() == root.number() || is_participant(run);
                    let participant = if is_shown { self.participant(run) } else { caller };
                    if is_shown {
                        let text = shown(run.input.as_deref());
                        self.push(run.start, Message::Call { from: caller, to: participant, text });
                        stack.push(Step::End { run, caller, participant });
                    }
                    self.add_occurrences(run, participant);
                    let children = self.trace.children(run).rev();
                    stack.extend(children.map(|run| Step::Start { run, caller: participant }));
                }
                Step::End { run, caller, participant } => {
                    self.push(run.last_time(), end_of(run, caller, participant));
                }
            }
        }
    }

    fn participant(&mut self, run: &'a TraceRun) -> usize {
        let key = (label_of(run), &*run.kind);
        *self.participants.entry(key).or_insert_with_key(|(name, _)| {
            self.names.push(name.clone());
            self.names.len()
        })
    }

    fn add_occurrences(&mut self, run: &TraceRun, over: usize) {
        for occurrence in &run.occurrences {
            let text = match &*occurrence.data {
                RecordedData::Retry { attempt, wait, error, .. } => {
                    format!(
                        "attempt {attempt} failed, retry after {}: {}",
                        human(*wait),
                        error.message
                    )
                }
                RecordedData::Fallback { number, error, .. } => {
                    format!("fallback {number} because of: {}", error.message)
                }
                RecordedData::Wait { reason, wait, .. } => {
                    format!("waited {} for {}", human(*wait), reason.replace('_', " "))
                }
                _ => continue,
            };
            self.push(occurrence.at, Message::Note { over, text });
        }
    }

    fn push(&mut self, at: Duration, message: Message) {
        self.messages.push((at, message));
    }
}

/// Returns the last message of a run, from the participant of the run to the participant that
/// called it.
fn end_of(run: &TraceRun, to: usize, from: usize) -> Message {
    let elapsed = human(run.last_time().saturating_sub(run.start));
    match &run.state {
        RunState::Completed => {
            let text = format!("{} ({elapsed})", shown(run.output.as_deref()));
            Message::Return { from, to, text }
        }
        RunState::Failed(error) => {
            let text = format!("after {elapsed}, {}: {}", error.kind, error.message);
            Message::Failure { from, to, text }
        }
        RunState::Cancelled { .. } => {
            Message::Failure { from, to, text: format!("{} after {elapsed}", run.state) }
        }
        _ => Message::Note { over: from, text: format!("not finished after {elapsed}") },
    }
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "…".to_owned(), |value| preview(value, VALUE))
}

/// Returns whether a run is shown as a participant. Steps that only process values are not.
fn is_participant(run: &TraceRun) -> bool {
    run.is_model() || [TOOL, RETRIEVER].iter().any(|kind| *kind.as_str() == *run.kind)
}
