//! [`LiveCall`]: marks a call that must not wait for a batch.

/// Marks a call that is urgent. A model with a [`BatchQueue`](super::BatchQueue) then calls the
/// service directly, at the price of live calls.
///
/// Add it to a call as a resource:
///
/// ```
/// use runnable_core::prelude::*;
/// use runnable_jobs::LiveCall;
///
/// let config = RunConfig::new().resource(LiveCall::new());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LiveCall {}

impl LiveCall {
    /// Creates the mark.
    pub const fn new() -> Self {
        Self {}
    }
}
