//! Turns for other tasks, while an answer is read.

use std::task::Context;

use tokio::runtime::Handle;

/// Counts what one poll has read, so that other tasks and time limits have their turn however much a
/// server sends at once.
#[derive(Debug, Default)]
pub(crate) struct Turn {
    bytes: usize,
}

impl Turn {
    /// The most bytes that one poll reads, or a little more.
    pub(crate) const MOST: usize = 256 << 10;

    /// Notes bytes that were read and gave nothing to return; says whether the poll is to return
    /// now. The task is woken at once. Outside of a runtime there are no other tasks, and it goes on.
    pub(crate) fn is_over(&mut self, bytes: usize, cx: &Context<'_>) -> bool {
        self.bytes = self.bytes.saturating_add(bytes.max(1));
        let is_over = self.bytes >= Self::MOST && Handle::try_current().is_ok();
        if is_over {
            self.bytes = 0;
            cx.waker().wake_by_ref();
        }
        is_over
    }
}
