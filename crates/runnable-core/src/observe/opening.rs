//! [`Opening`]: the options that are set for a single run.

use std::{borrow::Cow, time::Duration};

use super::attached::Attached;
use crate::RunId;

/// The options that are set for a single run: its name, id, index, attempt, choice, wait and hooks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Opening {
    pub(crate) name: Option<Cow<'static, str>>,
    pub(crate) run_id: Option<RunId>,
    /// The index of the run's input in its batch, counted from 0.
    pub(crate) index: Option<usize>,
    /// The number of the attempt, counted from 1, if the run is an attempt of a retry.
    pub(crate) attempt: Option<u32>,
    /// The choices of the transparent steps that called the step of the run.
    pub(crate) choice: Option<Cow<'static, str>>,
    /// How long the run has waited for a concurrency limit before it was opened.
    pub(crate) queued: Duration,
    pub(crate) hooks: Vec<Attached>,
}

impl Opening {
    /// Adds the options of an inner configuration to these options. If both set an option that can
    /// have only one value, the value of these outer options applies.
    pub(crate) fn or(mut self, inner: Self) -> Self {
        self.hooks.extend(inner.hooks);
        Self {
            name: self.name.or(inner.name),
            run_id: self.run_id.or(inner.run_id),
            index: self.index.or(inner.index),
            attempt: self.attempt.or(inner.attempt),
            choice: self.choice.or(inner.choice),
            queued: self.queued.saturating_add(inner.queued),
            hooks: self.hooks,
        }
    }

    /// Returns whether a hook, such as `on_start`, observes this run.
    pub(crate) fn is_hooked(&self) -> bool {
        !self.hooks.is_empty()
    }

    /// Returns whether a name, an id or a hook is set. The other options do not count, because the
    /// library sets them.
    pub(crate) fn has_options(&self) -> bool {
        self.name.is_some() || self.run_id.is_some() || self.is_hooked()
    }
}
