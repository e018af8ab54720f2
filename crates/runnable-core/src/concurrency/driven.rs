//! A node, as it is seen by what drives it.

use std::sync::Arc;

use super::driver_id::DriverId;

/// A node, as it is seen by what drives it.
pub(crate) trait Driven: Send + Sync {
    /// Whether it has been woken, and not been polled since.
    fn is_woken(&self) -> bool;

    /// In whose rounds its handle is polled.
    fn driver(&self) -> Option<DriverId>;

    /// Whether it has been passed over since its handle was polled last. From now on, it has.
    fn was_passed_over(&self) -> bool;

    /// Polls it up to its result or its next chunk, unless one is there already.
    fn drive(self: Arc<Self>);

    /// The node that polls its handle, if a node does.
    fn outer(&self) -> Option<Arc<dyn Driven>>;
}
