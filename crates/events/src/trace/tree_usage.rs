//! [`TreeUsage`]: the tokens of a run and of all runs inside it.

use std::iter;

use runnable_chat::Usage;

use super::{run::TraceRun, trace::Trace};

/// The tokens that the models in a tree of runs have used.
///
/// Returned by [`Trace::usage`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TreeUsage {
    /// The tokens of all calls of models, including calls that failed, and including answers that
    /// came from an answer cache. [`Usage::billed`] returns the tokens without these answers.
    pub total: Usage,
    /// The tokens of calls that failed or were cancelled, or that belong to a run that failed or
    /// was cancelled. They are part of `total`.
    pub failed: Usage,
    /// The number of calls of models.
    pub calls: u64,
    /// The number of calls whose usage is not known. They are part of `calls`.
    pub unknown: u64,
}

impl Trace {
    /// Returns the tokens that a run of this trace and all runs inside it have used.
    ///
    /// Only runs of models count. If a model calls another model, only the inner run counts, so no
    /// answer counts twice.
    ///
    /// ```
    /// use runnable_events::Trace;
    ///
    /// fn tokens(trace: &Trace) -> u64 {
    ///     trace.roots().map(|root| trace.usage(root).total.total_tokens).sum()
    /// }
    /// # assert_eq!(tokens(&Trace::new()), 0);
    /// ```
    pub fn usage(&self, run: &TraceRun) -> TreeUsage {
        let mut sum = TreeUsage::default();
        for model in self.model_calls(run) {
            sum.calls = sum.calls.saturating_add(1);
            let Some(usage) = model.usage else {
                sum.unknown = sum.unknown.saturating_add(1);
                continue;
            };
            sum.total += usage;
            if self.has_failed_within(model, run) {
                sum.failed += usage;
            }
        }
        sum
    }

    /// Returns the calls of models in a run of this trace: the runs of models that do not contain
    /// another run of a model. If the run itself is such a call, it is the only one.
    ///
    /// Prices apply to these runs, because each of them has one model and one usage.
    ///
    /// ```
    /// use runnable_events::Trace;
    ///
    /// fn models(trace: &Trace) -> Vec<&str> {
    ///     let calls = trace.roots().flat_map(|root| trace.model_calls(root));
    ///     calls.filter_map(|call| call.model.as_deref()).collect()
    /// }
    /// # assert!(models(&Trace::new()).is_empty());
    /// ```
    pub fn model_calls<'a>(&'a self, run: &'a TraceRun) -> impl Iterator<Item = &'a TraceRun> {
        self.subtree(run).filter(|run| run.is_model() && !run.links.has_model_inside)
    }

    /// Returns whether a run, or a run between it and an enclosing run, has failed or was
    /// cancelled.
    pub(super) fn has_failed_within(&self, run: &TraceRun, enclosing: &TraceRun) -> bool {
        let around = self.ancestors(run).take_while(|other| other.depth() >= enclosing.depth());
        iter::once(run).chain(around).any(|run| run.state.is_failure())
    }
}
