//! What a call or a step may do: how long it may take, what stops it, and how often it is tried.

pub(crate) mod backoff;
pub(crate) mod bounds;
pub(crate) mod retries;
mod retry_policy;
mod timeouts;

pub use self::{backoff::Backoff, retry_policy::RetryPolicy, timeouts::Timeouts};
