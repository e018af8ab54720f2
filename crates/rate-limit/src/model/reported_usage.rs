//! [`ReportedUsage`]: the usage that a text model or an embedding model reports.

use std::sync::{Arc, Mutex, PoisonError};

use runnable_chat::{Usage, metering::USAGE_REPORT};
use runnable_core::RunContext;

use crate::{quantity::Tokens, turn::Admission};

/// The usage that a text model or an embedding model reports during a call. It replaces the
/// estimate when this value is dropped.
pub(super) struct ReportedUsage {
    admission: Admission,
    /// The sum of the usages. `None` before the first report.
    usage: Arc<Mutex<Option<Usage>>>,
}

impl ReportedUsage {
    /// Also returns the context with which the model must be called.
    pub(super) fn of_call(admission: Admission, cx: RunContext) -> (Self, RunContext) {
        let usage = Arc::<Mutex<Option<Usage>>>::default();
        let sum = Arc::clone(&usage);
        let cx = cx.on_report(move |name, data| {
            if name == USAGE_REPORT
                && let Some(usage) = data.downcast_ref::<Usage>()
            {
                let mut sum = sum.lock().unwrap_or_else(PoisonError::into_inner);
                *sum = Some(sum.unwrap_or_default() + *usage);
            }
        });
        (Self { admission, usage }, cx)
    }

    pub(super) fn admission(&self) -> &Admission {
        &self.admission
    }
}

impl Drop for ReportedUsage {
    fn drop(&mut self) {
        let usage = *self.usage.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(usage) = usage {
            self.admission.correct(Tokens::of_usage(&usage));
        }
    }
}
