//! [`Driven`]: the methods of a node that its drivers use.

use std::sync::Arc;

use super::driver_id::DriverId;

/// The methods of a [node](crate::concurrency::node) that its drivers use, independent of the type
/// of the node's work.
pub(crate) trait Driven: Send + Sync {
    /// Returns whether the node has been woken and has not been polled since.
    fn is_woken(&self) -> bool;

    /// Returns the driver that polls the handle of the node in its own rounds.
    fn driver(&self) -> Option<DriverId>;

    /// Marks the node as passed over by a driver. Returns whether the node was marked already since
    /// the last poll of its handle.
    fn was_passed_over(&self) -> bool;

    /// Polls the node once, unless the node still stores a result or a chunk from an earlier poll.
    /// The node stores what this poll returns.
    fn drive(self: Arc<Self>);

    /// Returns the node of the enclosing run, which polls this node as a part of its own work.
    /// Returns `None` if no enclosing run has a node.
    fn outer(&self) -> Option<Arc<dyn Driven>>;
}
