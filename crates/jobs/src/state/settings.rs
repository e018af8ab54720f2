//! [`Settings`]: the settings of a job that do not depend on the types of its chain.

use std::{fmt, sync::Arc};

use runnable_chat::pricing::{Cost, Prices};
use runnable_core::{Error, ErrorKind, RunConfig, combinators::RetryPolicy};

use crate::outputs::JobOutput;

/// The number of items in flight if the job sets none.
const MAX_CONCURRENCY: usize = 64;

/// How often the process may end while an item runs if the job sets none: any number of times. Someone
/// may kill the process often, and the items that run then are not the cause.
const MAX_CRASHES: u32 = u32::MAX;

/// The settings of a job that do not depend on the types of its chain.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) max_concurrency: usize,
    pub(crate) max_crashes: u32,
    pub(crate) max_failures: Option<u64>,
    pub(crate) max_cost: Option<Cost>,
    pub(crate) allows_unknown_costs: bool,
    pub(crate) prices: Prices,
    pub(crate) retry: RetryPolicy,
    /// Decides which errors stop the job.
    pub(crate) stops: Arc<dyn Fn(&Error) -> bool + Send + Sync>,
    pub(crate) outputs: Vec<Arc<dyn JobOutput>>,
    pub(crate) config: RunConfig,
}

impl Settings {
    pub(crate) fn new() -> Self {
        Self {
            max_concurrency: MAX_CONCURRENCY,
            max_crashes: MAX_CRASHES,
            max_failures: None,
            max_cost: None,
            allows_unknown_costs: false,
            prices: Prices::shipped(),
            retry: RetryPolicy::new(),
            stops: Arc::new(every_item_has),
            outputs: Vec::new(),
            config: RunConfig::new(),
        }
    }
}

/// Returns whether this error would probably occur for every item.
fn every_item_has(error: &Error) -> bool {
    match error.kind() {
        // A quota is exhausted. Other rate limits are transient.
        ErrorKind::RateLimit => !error.is_transient(),
        kind => matches!(
            kind,
            ErrorKind::Authentication
                | ErrorKind::PermissionDenied
                | ErrorKind::NotFound
                | ErrorKind::SpendingLimit
                | ErrorKind::Cancelled
                | ErrorKind::ReplayMismatch
        ),
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("max_concurrency", &self.max_concurrency)
            .field("max_crashes", &self.max_crashes)
            .field("max_failures", &self.max_failures)
            .field("max_cost", &self.max_cost)
            .field("retry", &self.retry)
            .field("outputs", &self.outputs.len())
            .finish_non_exhaustive()
    }
}
