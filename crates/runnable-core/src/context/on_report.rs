//! [`RunContext::on_report`]: a function that receives the reports of a run.

use std::sync::Arc;

use super::{
    report_tap::ReportTap,
    run_context::{RunContext, Shared},
};
use crate::Payload;

impl RunContext {
    /// Returns this context with a function that receives the reports of this run, whether or not
    /// the run is observed.
    ///
    /// Use it in a step or a provider that wraps another one and needs what the inner one reports
    /// with [`emit_report`](Self::emit_report) and this context, such as its token usage. `receive`
    /// gets the name and the data of each report. It does not get the reports of runs inside this
    /// run.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::{Arc, atomic::{AtomicUsize, Ordering}};
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let step = async_lambda(|_: String, cx: RunContext| async move {
    ///     let rows = Arc::new(AtomicUsize::new(0));
    ///     let counted = Arc::clone(&rows);
    ///     let cx = cx.on_report(move |name, data| {
    ///         if let ("rows", Some(count)) = (name, data.downcast_ref::<usize>()) {
    ///             counted.store(*count, Ordering::Relaxed);
    ///         }
    ///     });
    ///     cx.emit_report("rows", &7_usize);
    ///     Ok(rows.load(Ordering::Relaxed))
    /// });
    /// assert_eq!(step.invoke("").await?, 7);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use = "only the returned context has the function"]
    pub fn on_report(self, receive: impl Fn(&str, &Payload<'_>) + Send + Sync + 'static) -> Self {
        let shared = self.shared();
        let (receive, depth, outer) = (Box::new(receive), self.depth(), shared.report_tap.clone());
        let report_tap = Some(Arc::new(ReportTap { receive, depth, outer }));
        self.with_shared(Shared { report_tap, ..shared })
    }

    /// Passes a report of this run to the functions that receive its reports.
    pub(super) fn tap_report(&self, name: &str, data: &Payload<'_>) {
        let taps = std::iter::successors(self.report_tap(), |tap| tap.outer.as_deref());
        taps.filter(|tap| tap.depth == self.depth()).for_each(|tap| (tap.receive)(name, data));
    }
}
