//! Selects the runs whose events a stream contains.

use std::task::{self, Poll};

use runnable_core::{Interest, Listener, Run, RunEvent};

/// Selects the runs that match `include` and do not match `exclude`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    /// The included runs. An empty selection includes every run.
    pub(crate) include: Selection,
    pub(crate) exclude: Selection,
    /// Whether the events of retries, fallbacks, waits and reports are included.
    pub(crate) details: bool,
}

/// Selects the runs that have one of these names, kinds or tags.
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

/// A listener that receives only the events of selected runs.
///
/// The filter is applied in `interest`, which is called before a run starts. The events of runs
/// that are not selected are therefore never created.
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
        if self.filter.details || !event.data.is_detail() {
            self.listener.on_event(event);
        }
    }

    fn poll_ready(&self, cx: &mut task::Context<'_>) -> Poll<()> {
        self.listener.poll_ready(cx)
    }

    fn poll_run(&self, run: &Run, cx: &mut task::Context<'_>) -> Poll<()> {
        self.listener.poll_run(run, cx)
    }

    fn around_poll(&self, run: &Run, poll: &mut dyn FnMut()) {
        self.listener.around_poll(run, poll);
    }

    fn propagate(&self, run: &Run, add: &mut dyn FnMut(&str, &str)) {
        self.listener.propagate(run, add);
    }
}
