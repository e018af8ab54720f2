//! The interface of a node for its drivers.

use std::sync::Arc;

use super::driver_id::DriverId;

/// The interface of a node for its drivers.
pub(crate) trait Driven: Send + Sync {
    /// Returns whether the node has been woken and has not been polled since.
    fn is_woken(&self) -> bool;

    /// Returns the driver in whose rounds the handle of the node is polled.
    fn driver(&self) -> Option<DriverId>;

    /// Marks the node as passed over. Returns whether it was marked already since the last poll of
    /// its handle.
    fn was_passed_over(&self) -> bool;

    /// Polls the node once, unless it has a result or a chunk that was not taken. The node stores
    /// what the poll returns.
    fn drive(self: Arc<Self>);

    /// Returns the node that polls the handle of this node, if there is one.
    fn outer(&self) -> Option<Arc<dyn Driven>>;
}
