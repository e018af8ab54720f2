//! Time limits, cancellation, and retry policies with their delays.

pub(crate) mod backoff;
pub(crate) mod bounds;
pub(crate) mod retries;
mod retry_policy;
mod timeouts;

pub use self::{backoff::Backoff, retry_policy::RetryPolicy, timeouts::Timeouts};
