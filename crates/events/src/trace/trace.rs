//! [`Trace`]: the runs of calls as a tree.

use std::{
    iter,
    time::{Duration, SystemTime},
};

use super::{interner::Interner, run::TraceRun, run_index::RunIndex, sequence_gaps::SequenceGaps};
use crate::{CallRedaction, RecordedEvent, Redaction};

/// The runs of one or more calls as a tree, built from recorded events.
///
/// The events can come from a [`Recording`](crate::Recording), or from a running call, one by one.
/// A trace that was built from a recording equals the trace of the live events.
///
/// A trace accepts incomplete lists of events, and states what is missing: runs without an end are
/// [unfinished](crate::RunState::Unfinished), runs whose start is missing have
/// [`has_start`](TraceRun::has_start) set to `false`, and [`missing_events`](Self::missing_events)
/// counts the events that were lost.
///
/// Equal inputs and outputs are stored once, and share their memory.
///
/// API keys, passwords and other secrets are removed from each event that is added, as described at
/// [`Redaction`], so that no view of the trace shows them. Images and other media are kept.
///
/// A stream of live events contains retries, fallbacks, waits and reports only after
/// [`include_details`](crate::EventStream::include_details). A recording always contains them.
///
/// ```
/// use runnable_core::prelude::*;
/// use runnable_events::{StreamEventsExt, Trace};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let shout = lambda(|text: String| text.to_uppercase()).with_name("shout");
/// let greet = lambda(|name: String| format!("hello, {name}")).with_name("greet");
///
/// let mut trace = Trace::new();
/// let mut events = greet.pipe(shout).stream_events("ada");
/// while let Some(event) = events.next().await {
///     trace.add(&event?.into());
/// }
///
/// let chain = trace.roots().next().unwrap();
/// let steps: Vec<_> = trace.children(chain).map(|step| &*step.name).collect();
/// assert_eq!(steps, ["greet", "shout"]);
/// assert_eq!(**chain.output.as_ref().unwrap(), "HELLO, ADA");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Trace {
    pub(super) redaction: CallRedaction,
    /// The runs. A parent is before its children.
    pub(super) runs: Vec<TraceRun>,
    pub(super) roots: Vec<usize>,
    pub(super) index: RunIndex,
    pub(super) interner: Interner,
    pub(super) gaps: SequenceGaps,
    /// The wall time at which the first root run started.
    pub(super) started: Option<SystemTime>,
    pub(super) events: u64,
}

impl Default for Trace {
    fn default() -> Self {
        Self::new()
    }
}

impl Trace {
    /// Creates an empty trace.
    ///
    /// ```
    /// use runnable_events::Trace;
    ///
    /// assert!(Trace::new().runs().is_empty());
    /// ```
    pub fn new() -> Self {
        Self {
            redaction: CallRedaction::new(Redaction::builder().keep_media().build()),
            runs: Vec::new(),
            roots: Vec::new(),
            index: RunIndex::default(),
            interner: Interner::default(),
            gaps: SequenceGaps::default(),
            started: None,
            events: 0,
        }
    }

    /// Creates a trace from events.
    ///
    /// ```
    /// use runnable_events::{Recording, Trace};
    ///
    /// let recording = Recording::default();
    /// let trace = Trace::from_events(recording.events());
    /// assert_eq!(trace.event_count(), 0);
    /// ```
    pub fn from_events<E: AsRef<RecordedEvent>>(events: impl IntoIterator<Item = E>) -> Self {
        let mut trace = Self::new();
        events.into_iter().for_each(|event| trace.add(event.as_ref()));
        trace
    }

    /// Returns all runs, in the order in which their first events arrived. A parent is before its
    /// children.
    ///
    /// ```
    /// use runnable_events::Trace;
    ///
    /// fn failed(trace: &Trace) -> usize {
    ///     trace.runs().iter().filter(|run| run.state.is_failure()).count()
    /// }
    /// assert_eq!(failed(&Trace::new()), 0);
    /// ```
    pub fn runs(&self) -> &[TraceRun] {
        &self.runs
    }

    /// Returns the runs that have no parent, in the order in which their first events arrived.
    ///
    /// ```
    /// use runnable_events::Trace;
    ///
    /// assert_eq!(Trace::new().roots().count(), 0);
    /// ```
    pub fn roots(&self) -> impl DoubleEndedIterator<Item = &TraceRun> {
        self.roots.iter().filter_map(|number| self.runs.get(*number))
    }

    /// Returns the run with this ID. If there are several, returns the first.
    ///
    /// ```
    /// use runnable_events::Trace;
    ///
    /// assert!(Trace::new().run("unknown").is_none());
    /// ```
    pub fn run(&self, id: &str) -> Option<&TraceRun> {
        self.runs.get(self.index.first(id)?)
    }

    /// Returns the nearest run that encloses a run of this trace.
    ///
    /// ```
    /// use runnable_events::{Trace, TraceRun};
    ///
    /// fn is_inside_tool(trace: &Trace, run: &TraceRun) -> bool {
    ///     trace.parent(run).is_some_and(|parent| &*parent.kind == "tool")
    /// }
    /// ```
    pub fn parent(&self, run: &TraceRun) -> Option<&TraceRun> {
        self.runs.get(run.links.parent?)
    }

    /// Returns the outermost run that encloses a run of this trace, or the run itself.
    ///
    /// ```
    /// use runnable_events::{Trace, TraceRun};
    ///
    /// fn call_of<'a>(trace: &'a Trace, run: &'a TraceRun) -> &'a str {
    ///     &trace.root(run).name
    /// }
    /// ```
    pub fn root<'a>(&'a self, run: &'a TraceRun) -> &'a TraceRun {
        self.runs.get(run.links.root).unwrap_or(run)
    }

    /// Returns the children of a run of this trace, in the order in which their first events
    /// arrived.
    ///
    /// ```
    /// use runnable_events::{Trace, TraceRun};
    ///
    /// fn attempts(trace: &Trace, retry: &TraceRun) -> usize {
    ///     trace.children(retry).filter(|run| run.position.attempt.is_some()).count()
    /// }
    /// ```
    pub fn children(&self, run: &TraceRun) -> impl DoubleEndedIterator<Item = &TraceRun> {
        run.links.children.iter().filter_map(|number| self.runs.get(*number))
    }

    /// Returns the runs that enclose a run of this trace, from the nearest to the outermost.
    ///
    /// ```
    /// use runnable_events::{Trace, TraceRun};
    ///
    /// fn path(trace: &Trace, run: &TraceRun) -> String {
    ///     let mut names = vec![&*run.name];
    ///     names.extend(trace.ancestors(run).map(|ancestor| &*ancestor.name));
    ///     names.reverse();
    ///     names.join(" > ")
    /// }
    /// ```
    pub fn ancestors<'a>(&'a self, run: &'a TraceRun) -> impl Iterator<Item = &'a TraceRun> {
        iter::successors(self.parent(run), |run| self.parent(run))
    }

    /// Returns a run of this trace and all runs inside it. Each run is followed by the runs inside
    /// it.
    ///
    /// ```
    /// use runnable_events::Trace;
    ///
    /// fn print(trace: &Trace) {
    ///     for root in trace.roots() {
    ///         for run in trace.subtree(root) {
    ///             println!("{}{}", "  ".repeat(run.depth()), run.name);
    ///         }
    ///     }
    /// }
    /// # print(&Trace::new());
    /// ```
    pub fn subtree<'a>(&'a self, run: &'a TraceRun) -> impl Iterator<Item = &'a TraceRun> {
        let mut next = vec![run];
        iter::from_fn(move || {
            let run = next.pop()?;
            next.extend(self.children(run).rev());
            Some(run)
        })
    }

    /// Returns the wall time at which the first root run started. `None` if the trace is empty.
    ///
    /// ```
    /// use runnable_events::Trace;
    ///
    /// assert_eq!(Trace::new().started(), None);
    /// ```
    pub fn started(&self) -> Option<SystemTime> {
        self.started
    }

    /// Returns the time from the start of the trace to its last event.
    ///
    /// ```
    /// use runnable_events::Trace;
    ///
    /// assert!(Trace::new().duration().is_zero());
    /// ```
    pub fn duration(&self) -> Duration {
        self.roots().map(TraceRun::last_time).max().unwrap_or_default()
    }

    /// Returns the number of events from which the trace was built.
    ///
    /// ```
    /// use runnable_events::Trace;
    ///
    /// assert_eq!(Trace::new().event_count(), 0);
    /// ```
    pub fn event_count(&self) -> u64 {
        self.events
    }

    /// Returns the number of missing events. They are detected by gaps in the numbers of the
    /// events.
    ///
    /// ```
    /// use runnable_events::Trace;
    ///
    /// assert_eq!(Trace::new().missing_events(), 0);
    /// ```
    pub fn missing_events(&self) -> u64 {
        self.gaps.missing()
    }
}

/// Compares the runs and the number of missing events.
impl PartialEq for Trace {
    fn eq(&self, other: &Self) -> bool {
        self.runs == other.runs
            && self.started == other.started
            && self.missing_events() == other.missing_events()
    }
}

impl<E: AsRef<RecordedEvent>> FromIterator<E> for Trace {
    fn from_iter<I: IntoIterator<Item = E>>(events: I) -> Self {
        Self::from_events(events)
    }
}

impl<E: AsRef<RecordedEvent>> Extend<E> for Trace {
    fn extend<I: IntoIterator<Item = E>>(&mut self, events: I) {
        events.into_iter().for_each(|event| self.add(event.as_ref()));
    }
}
