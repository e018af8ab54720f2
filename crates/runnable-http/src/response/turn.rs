//! [`Turn`]: lets other tasks run while a response is read.

use std::task::Context;

use tokio::runtime::Handle;

/// Counts the bytes that one poll has read. A server that sends much at once could otherwise keep
/// the task busy, so that other tasks and time limits would have to wait.
#[derive(Debug, Default)]
pub(crate) struct Turn {
    bytes: usize,
}

impl Turn {
    /// The approximate maximum number of bytes that one poll reads.
    pub(crate) const MAX_BYTES: usize = 256 << 10;

    /// Counts bytes that were read without a result that the poll can return. Returns whether the
    /// poll must return `Pending` now; the task is then woken immediately. Outside a runtime, there
    /// are no other tasks, so this returns `false`.
    pub(crate) fn is_over(&mut self, bytes: usize, cx: &Context<'_>) -> bool {
        self.bytes = self.bytes.saturating_add(bytes.max(1));
        let is_over = self.bytes >= Self::MAX_BYTES && Handle::try_current().is_ok();
        if is_over {
            self.bytes = 0;
            cx.waker().wake_by_ref();
        }
        is_over
    }
}
