//! [`CurrentRun`]: the run whose context is current on a thread.

use opentelemetry::Context;
use runnable_core::RunId;

/// The run whose context is current, and the listener that has made it current. A context contains
/// this value in addition to the span.
///
/// If the program starts its own span in a step, the context of that span contains the same value.
/// Runs that start in it are then children of that span. Without this value, a listener could not
/// distinguish such a context from the context of another run, because a thread polls several runs
/// alternately.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CurrentRun {
    pub(crate) run: RunId,
    /// The number of the listener, because several listeners can observe the same run.
    pub(crate) listener: u64,
}

impl CurrentRun {
    /// Returns the current context if it belongs to this run.
    pub(crate) fn current_context(self) -> Option<Context> {
        Context::map_current(|context| {
            (context.get::<Self>() == Some(&self)).then(|| context.clone())
        })
    }
}
