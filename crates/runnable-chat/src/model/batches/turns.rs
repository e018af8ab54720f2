//! [`Turns`]: lets other tasks run while many requests are encoded.

use tokio::task::yield_now;

/// The number of bytes after which other tasks run. A request without content counts as some bytes,
/// too.
const TURN: usize = 256 << 10;

/// The work for a request that does not depend on its size, in bytes.
const REQUEST: usize = 4 << 10;

/// Lets other tasks run while many requests are encoded, whose source may always be ready.
#[derive(Debug, Default)]
pub(super) struct Turns {
    /// The bytes since other tasks ran.
    bytes: usize,
}

impl Turns {
    /// Records that a request of this size was encoded, and lets other tasks run now and then.
    pub(super) async fn encoded(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(bytes).saturating_add(REQUEST);
        if self.bytes < TURN {
            return;
        }
        self.bytes = 0;
        yield_now().await;
    }
}
