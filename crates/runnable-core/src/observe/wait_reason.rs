//! [`WaitReason`]: the reason why a run has waited.

use std::fmt;

/// The reason why a run has waited.
///
/// This crate emits [`CONCURRENCY`](Self::CONCURRENCY). Other crates can define further reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WaitReason(&'static str);

impl WaitReason {
    /// All permits of a concurrency limit were in use.
    ///
    /// The limit is a [`max_concurrency`](crate::RunConfig::max_concurrency) or a
    /// [`with_concurrency_limit`](crate::RunnableExt::with_concurrency_limit). The run that waited
    /// emits the event, with the time until it got its permit. If the run waited before its start,
    /// the event follows the start event, and contains all waits before the start. This includes
    /// the time during which an input of a batch or an item of [`each`](crate::RunnableExt::each)
    /// waited until fewer inputs were running. That time is not part of the duration of the run. A
    /// run that waits between two of its chunks, or after a pause, emits the event when it
    /// continues.
    pub const CONCURRENCY: Self = Self::new("concurrency");

    /// A limit of requests or tokens per time was reached.
    pub const RATE_LIMIT: Self = Self::new("rate_limit");

    /// Creates a reason with a name in `snake_case`.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::WaitReason;
    ///
    /// assert_eq!(WaitReason::new("approval").as_str(), "approval");
    /// ```
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// Returns the name of the reason.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for WaitReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
