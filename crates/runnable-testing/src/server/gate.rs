//! Gates: a test uses them to control when the server continues a reply.

use std::sync::Arc;

use tokio::sync::watch;

/// A point in a [`Reply`](super::Reply) at which the server waits until the test opens the gate.
///
/// Add a gate to a reply with [`Reply::wait`](super::Reply::wait). A clone is a handle to the same
/// gate.
#[derive(Clone, Debug)]
pub struct Gate {
    open: Arc<watch::Sender<bool>>,
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}

impl Gate {
    /// Creates a closed gate.
    pub fn new() -> Self {
        Self { open: Arc::new(watch::Sender::new(false)) }
    }

    /// Opens the gate. Replies that wait at the gate continue, and later replies do not wait.
    pub fn open(&self) {
        self.open.send_replace(true);
    }

    /// Waits until the gate is open.
    pub(super) async fn pass(&self) {
        // This cannot fail, because `self` holds the sender.
        let _ = self.open.subscribe().wait_for(|open| *open).await;
    }
}
