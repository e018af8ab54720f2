//! [`Breakpoint`]: the events at which a debugger stops.

use std::{fmt, sync::Arc};

use runnable_core::{RunEvent, RunEventData};

/// The events at which a [`Debugger`](crate::Debugger) stops.
///
/// All conditions of a breakpoint must hold. Without [`at`](Self::at), it stops before the step
/// starts to work.
///
/// # Examples
///
/// ```
/// use runnable_events::{Breakpoint, StopAt};
///
/// // Before each tool:
/// let tools = Breakpoint::kind("tool");
/// // After a search that took longer than a second:
/// let slow = Breakpoint::name("search")
///     .at(StopAt::End)
///     .when(|event| event.timing.elapsed.as_secs() >= 1);
/// # let _ = (tools, slow);
/// ```
#[derive(Clone)]
#[must_use = "a breakpoint has an effect only in a debugger"]
pub struct Breakpoint {
    name: Option<String>,
    kind: Option<String>,
    tag: Option<String>,
    at: StopAt,
    when: Option<Condition>,
}

type Condition = Arc<dyn Fn(&RunEvent<'_>) -> bool + Send + Sync>;

/// The kind of event at which a [`Breakpoint`] stops.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StopAt {
    /// Before the step starts to work: after the start event of its run, and before its first poll.
    #[default]
    Start,
    /// At a chunk. The chunk is passed on, and the run is not polled for the next one. An invoked
    /// model streams if this is set.
    Chunk,
    /// At a custom event.
    Custom,
    /// At a failed attempt of a retry.
    Retry,
    /// Before a fallback is tried.
    Fallback,
    /// After a wait, such as for a rate limit.
    Wait,
    /// At a report, such as about an HTTP exchange.
    Report,
    /// At the output of the run. Its parent does not continue.
    End,
    /// At the error of the run. Its parent does not continue.
    Error,
    /// When the run was dropped before its end.
    Cancelled,
}

impl StopAt {
    /// Returns the kind of an event. Returns `None` for a kind that this version of the crate does
    /// not know.
    pub(super) fn of(event: &RunEventData<'_>) -> Option<Self> {
        Some(match event {
            RunEventData::Start { .. } => Self::Start,
            RunEventData::Chunk { .. } => Self::Chunk,
            RunEventData::Custom { .. } => Self::Custom,
            RunEventData::Retry { .. } => Self::Retry,
            RunEventData::Fallback { .. } => Self::Fallback,
            RunEventData::Wait { .. } => Self::Wait,
            RunEventData::Report { .. } => Self::Report,
            RunEventData::End { .. } => Self::End,
            RunEventData::Error { .. } => Self::Error,
            RunEventData::Cancelled { .. } => Self::Cancelled,
            _ => return None,
        })
    }
}

impl Breakpoint {
    /// Creates a breakpoint for all runs.
    pub fn any() -> Self {
        Self { name: None, kind: None, tag: None, at: StopAt::Start, when: None }
    }

    /// Creates a breakpoint for the runs with this name.
    pub fn name(name: impl Into<String>) -> Self {
        Self::any().with_name(name)
    }

    /// Creates a breakpoint for the runs of this kind, such as `chat_model` or `tool`.
    pub fn kind(kind: impl Into<String>) -> Self {
        Self::any().with_kind(kind)
    }

    /// Creates a breakpoint for the runs with this tag, such as `seq:step:2`.
    pub fn tag(tag: impl Into<String>) -> Self {
        Self::any().with_tag(tag)
    }

    /// Adds the condition that the run has this name.
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Adds the condition that the run is of this kind.
    pub fn with_kind(mut self, kind: impl Into<String>) -> Self {
        self.kind = Some(kind.into());
        self
    }

    /// Adds the condition that the run has this tag.
    pub fn with_tag(mut self, tag: impl Into<String>) -> Self {
        self.tag = Some(tag.into());
        self
    }

    /// Sets the kind of event at which the debugger stops. The default is [`StopAt::Start`].
    pub fn at(mut self, at: StopAt) -> Self {
        self.at = at;
        self
    }

    /// Adds a condition. If the closure is set already, both conditions must hold.
    ///
    /// The closure is called for the events that fulfil the other conditions. It must not block.
    pub fn when(
        mut self,
        condition: impl Fn(&RunEvent<'_>) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.when = Some(match self.when.take() {
            Some(first) => Arc::new(move |event| first(event) && condition(event)),
            None => Arc::new(condition),
        });
        self
    }

    pub(super) fn stops_at_chunks(&self) -> bool {
        self.at == StopAt::Chunk
    }

    pub(super) fn matches(&self, event: &RunEvent<'_>, at: StopAt) -> bool {
        let run = event.run;
        self.at == at
            && self.name.as_ref().is_none_or(|name| *name == run.name)
            && self.kind.as_ref().is_none_or(|kind| kind == run.kind.as_str())
            && self.tag.as_ref().is_none_or(|tag| run.tags.iter().any(|known| known == tag))
            && self.when.as_ref().is_none_or(|when| when(event))
    }
}

impl fmt::Debug for Breakpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Breakpoint")
            .field("name", &self.name)
            .field("kind", &self.kind)
            .field("tag", &self.tag)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}
