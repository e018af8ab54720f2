//! [`ReportTap`]: a function that receives the reports of a run.

use std::sync::Arc;

use crate::Payload;

type Receive = dyn Fn(&str, &Payload<'_>) + Send + Sync;

/// A function that receives the reports of one run.
pub(crate) struct ReportTap {
    pub(super) receive: Box<Receive>,
    /// The depth of the run. Runs inside it inherit the tap, but do not use it.
    pub(super) depth: u16,
    /// The functions that were added to the run before.
    pub(super) outer: Option<Arc<Self>>,
}
