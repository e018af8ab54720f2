//! Which runs are shown.

use std::task::{self, Poll};

use runnable_core::{Interest, Listener, Run, RunEvent, RunEventData};

/// The runs that are included, but for those that are excluded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    /// Includes every run while it is empty.
    pub(crate) include: Selection,
    pub(crate) exclude: Selection,
    /// Whether retries are shown, too.
    pub(crate) retries: bool,
}

/// Runs that have one of these names, kinds or tags.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    names: Vec<String>,
    kinds: Vec<String>,
    tags: Vec<String>,
}

impl Filter {
    fn shows(&self, run: &Run) -> bool {
        (self.include.is_empty() || self.include.has(run)) && !self.exclude.has(run)
    }
}

impl Selection {
    pub(crate) fn names<T: Into<String>>(&mut self, names: impl IntoIterator<Item = T>) {
        self.names.extend(names.into_iter().map(Into::into));
    }

    pub(crate) fn kinds<T: Into<String>>(&mut self, kinds: impl IntoIterator<Item = T>) {
        self.kinds.extend(kinds.into_iter().map(Into::into));
    }

    pub(crate) fn tags<T: Into<String>>(&mut self, tags: impl IntoIterator<Item = T>) {
        self.tags.extend(tags.into_iter().map(Into::into));
    }

    fn is_empty(&self) -> bool {
        self.names.is_empty() && self.kinds.is_empty() && self.tags.is_empty()
    }

    fn has(&self, run: &Run) -> bool {
        self.names.iter().any(|name| *name == run.name)
            || self.kinds.iter().any(|kind| kind == run.kind.as_str())
            || self.tags.iter().any(|tag| run.tags.iter().any(|own| own == tag))
    }
}

/// A listener that sees some runs only. It is asked before a run starts, so that nothing is made
/// of the events of the others.
pub(crate) struct Filtered<L> {
    filter: Filter,
    listener: L,
}

impl<L: Listener> Filtered<L> {
    pub(crate) fn new(filter: Filter, listener: L) -> Self {
        Self { filter, listener }
    }
}

#[deny(clippy::missing_trait_methods)]
impl<L: Listener> Listener for Filtered<L> {
    fn interest(&self, run: &Run) -> Option<Interest> {
        if self.filter.shows(run) { self.listener.interest(run) } else { None }
    }

    fn on_event(&self, event: &RunEvent<'_>) {
        if self.filter.retries || !matches!(event.data, RunEventData::Retry { .. }) {
            self.listener.on_event(event);
        }
    }

    fn poll_ready(&self, cx: &mut task::Context<'_>) -> Poll<()> {
        self.listener.poll_ready(cx)
    }
}
