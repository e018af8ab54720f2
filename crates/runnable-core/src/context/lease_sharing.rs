//! How a run that calls its steps one after the other shares its lease with them.

use super::run_context::RunContext;
use crate::concurrency::lease::Lease;

impl RunContext {
    /// Whether the steps of this run may share what it has of the budget.
    #[inline]
    pub(crate) fn shares_lease(&self) -> bool {
        self.lease().is_some_and(|lease| lease.is_shared())
    }

    /// How many hold what this run has of the budget, if its steps share it. The number is another than
    /// before a step if the step has left something behind that can still make calls.
    #[inline]
    pub(crate) fn lease_holders(&self) -> usize {
        self.lease().map_or(0, Lease::holders)
    }

    /// The context of this run for the steps that follow one that has left something behind: each of
    /// them has a lease by itself.
    #[cold]
    pub(crate) fn without_lease(self) -> Self {
        match self.lease().map(Lease::leave_behind) {
            Some(lease) => self.leased(lease),
            None => self,
        }
    }
}
