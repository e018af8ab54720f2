//! [`Timeouts`]: the time limits of a step.

use std::time::Duration;

use crate::TimeoutPhase;

/// The time limits of a step: in total, until the first chunk, and between two chunks.
///
/// Pass them to [`RunnableExt::with_timeouts`](crate::RunnableExt::with_timeouts). A limit that is
/// not set does not apply.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use runnable_core::combinators::Timeouts;
///
/// let limits = Timeouts::new()
///     .total(Duration::from_secs(60))
///     .first_chunk(Duration::from_secs(10))
///     .idle(Duration::from_secs(5));
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[must_use]
pub struct Timeouts {
    pub(crate) total: Option<Duration>,
    first_chunk: Option<Duration>,
    idle: Option<Duration>,
}

impl Timeouts {
    /// Creates a value without limits.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the maximum duration of the step.
    pub fn total(mut self, limit: Duration) -> Self {
        self.total = Some(limit);
        self
    }

    /// Sets the maximum time until the first chunk that [has content](crate::Chunk::has_content).
    ///
    /// It has no effect on `invoke`.
    pub fn first_chunk(mut self, limit: Duration) -> Self {
        self.first_chunk = Some(limit);
        self
    }

    /// Sets the maximum time between two chunks of a stream. It has no effect on `invoke`.
    #[doc(alias = "stream_chunk_timeout")]
    pub fn idle(mut self, limit: Duration) -> Self {
        self.idle = Some(limit);
        self
    }

    /// Combines two sets of limits: for each kind of limit, the shorter one applies.
    pub(crate) fn and(self, other: Self) -> Self {
        let shorter = |one: Option<Duration>, other| one.into_iter().chain(other).min();
        Self {
            total: shorter(self.total, other.total),
            first_chunk: shorter(self.first_chunk, other.first_chunk),
            idle: shorter(self.idle, other.idle),
        }
    }

    /// Returns only the limits that apply to `invoke`, without the limits on chunks.
    pub(crate) fn for_whole(self) -> Self {
        Self { total: self.total, ..Self::new() }
    }

    pub(crate) fn is_none(&self) -> bool {
        [self.total, self.first_chunk, self.idle].iter().all(Option::is_none)
    }

    /// Returns the limit that is reached first while a stream waits for its next chunk.
    ///
    /// `given` is the working time at which the last chunk was yielded. It is `None` before the
    /// first chunk with content. The result contains the working time at which the limit is
    /// reached, the limit itself, and its phase.
    pub(crate) fn next(
        &self,
        given: Option<Duration>,
    ) -> Option<(Duration, Duration, TimeoutPhase)> {
        let total = self.total.map(|limit| (limit, limit, TimeoutPhase::Step));
        let chunk = match given {
            None => self.first_chunk.map(|limit| (limit, limit, TimeoutPhase::FirstChunk)),
            Some(given) => {
                self.idle.map(|limit| (given.saturating_add(limit), limit, TimeoutPhase::Idle))
            }
        };
        [total, chunk].into_iter().flatten().min_by_key(|(end, ..)| *end)
    }
}
