//! [`Account`]: the tokens and the cost of the calls under a spending limit.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use runnable_core::{CancellationToken, Run};

use super::{
    ended_call::EndedCall, model_runs::ModelRuns, spending_limit_reached::SpendingLimitReached,
    usage_totals::UsageTotals,
};
use crate::{Usage, pricing::Cost};

/// The largest number of tokens and the largest cost, and whether the cost must be known.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Limits {
    pub(super) tokens: Option<u64>,
    pub(super) cost: Option<Cost>,
    pub(super) allows_unknown: bool,
}

/// The tokens and the cost of the calls under a spending limit. A clone is a handle to the same
/// account.
#[derive(Clone, Debug, Default)]
pub(super) struct Account {
    limits: Limits,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// Cancelled when a limit is reached.
    reached: CancellationToken,
}

#[derive(Debug, Default)]
struct State {
    runs: ModelRuns,
    spent: UsageTotals,
    /// The first limit that was reached.
    stop: Option<SpendingLimitReached>,
}

impl Account {
    /// Opens an account from which this was spent already.
    pub(super) fn open(limits: Limits, spent: UsageTotals) -> Self {
        let account = Self { limits, shared: Arc::default() };
        let mut state = account.state();
        state.spent = spent;
        // A limit of zero allows no call.
        account.check(&mut state);
        drop(state);
        account
    }

    pub(super) fn limits(&self) -> Limits {
        self.limits
    }

    pub(super) fn start(&self, run: &Run) {
        self.state().runs.start(run);
    }

    /// Adds a usage that an open run has reported.
    pub(super) fn report(&self, run: &Run, usage: Usage) {
        self.state().runs.report(run, usage);
    }

    /// Returns the usage that an open run has reported so far.
    pub(super) fn reported(&self, run: &Run) -> Option<Usage> {
        self.state().runs.reported(run)
    }

    /// Adds a call that has ended, unless it was added already.
    pub(super) fn end(&self, run: &Run, call: EndedCall) {
        let mut state = self.state();
        if !state.runs.end(run) {
            return;
        }
        state.spent.add_call(call.model.clone(), call.to_usage());
        self.check(&mut state);
        if let Some(reason) = call.unexplained()
            && self.limits.cost.is_some()
            && !self.limits.allows_unknown
        {
            self.stop(&mut state, SpendingLimitReached::UnknownCost { model: call.model, reason });
        }
    }

    fn check(&self, state: &mut State) {
        let total = state.spent.total();
        let usage = total.usage.billed();
        let counted = usage.input_tokens.saturating_add(usage.output_tokens);
        let used = counted.max(usage.total_tokens);
        let spent = total.cost;
        if let Some(limit) = self.limits.tokens.filter(|limit| used >= *limit) {
            self.stop(state, SpendingLimitReached::Tokens { limit, used });
        }
        if let Some(limit) = self.limits.cost.filter(|limit| spent.known >= *limit) {
            self.stop(state, SpendingLimitReached::Cost { limit, spent });
        }
    }

    fn stop(&self, state: &mut State, reason: SpendingLimitReached) {
        if state.stop.is_none() {
            state.stop = Some(reason);
            self.shared.reached.cancel();
        }
    }

    /// Returns the tokens and the cost of the calls so far.
    pub(super) fn spent(&self) -> UsageTotals {
        self.state().spent.clone()
    }

    /// Returns the limit that was reached.
    pub(super) fn stopped_by(&self) -> Option<SpendingLimitReached> {
        self.state().stop.clone()
    }

    /// Returns the token that is cancelled when a limit is reached.
    pub(super) fn reached(&self) -> &CancellationToken {
        &self.shared.reached
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
