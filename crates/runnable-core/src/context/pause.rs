//! Pauses: waiting without a permit.

use super::lease_sharing::end_poll;
use crate::RunContext;

impl RunContext {
    /// Waits for `wait` without holding a permit of the call's concurrency limit.
    ///
    /// Use this in a step that sleeps before its next attempt, or that waits for a service to have
    /// capacity. Under a [`max_concurrency`](crate::RunConfig::max_concurrency), the run returns
    /// its permit while it pauses, and acquires a permit again before it continues. So a pause does
    /// not block other runs of the call, but can take longer than `wait`. Without a limit, this is
    /// `wait.await`.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the pause ends. The rest of the current poll of the step does not
    /// wait for a permit.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() {
    /// let polite = async_lambda(|page: u32, cx: RunContext| async move {
    ///     cx.pause(tokio::time::sleep(Duration::from_secs(30))).await;
    ///     Ok(page)
    /// });
    /// let start = tokio::time::Instant::now();
    /// let pages = polite.batch([1u32, 2, 3]).max_concurrency(1).await;
    /// assert!(pages.iter().all(Result::is_ok));
    /// assert_eq!(start.elapsed().as_secs(), 30, "all three pause at once");
    /// # }
    /// ```
    pub async fn pause<F: Future>(&self, wait: F) -> F::Output {
        let Some(lease) = self.lease() else {
            return wait.await;
        };
        let pause = lease.begin_pause();
        let output = wait.await;
        if pause.come_back() {
            // The run must not continue before it has a permit again.
            end_poll().await;
        }
        output
    }
}
