//! The fields by which another process continues the trace of a run.

use crate::RunContext;

impl RunContext {
    /// Passes the fields by which another process continues the trace of this run to `add`, as
    /// names and values, such as `traceparent`.
    ///
    /// The listeners of the run provide the fields with
    /// [`Listener::propagate`](crate::Listener::propagate). The transport of a remote model adds
    /// them to its requests as headers. Call this method in a custom step that sends a request or a
    /// message. Without listeners, it adds nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::{Listener, Run, RunEvent, prelude::*};
    ///
    /// struct Traces;
    ///
    /// impl Listener for Traces {
    ///     fn on_event(&self, _: &RunEvent<'_>) {}
    ///
    ///     fn propagate(&self, run: &Run, add: &mut dyn FnMut(&str, &str)) {
    ///         add("x-run-name", &run.name);
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let request = async_lambda(|url: String, cx: RunContext| async move {
    ///     let mut headers = Vec::new();
    ///     cx.propagate(|name, value| headers.push(format!("{name}: {value}")));
    ///     Ok(format!("GET {url} {}", headers.join(", ")))
    /// });
    /// let request = request.with_name("load");
    /// let call = request.invoke("/a").config(RunConfig::new().listener(Traces));
    /// assert_eq!(call.await?, "GET /a x-run-name: load");
    /// # Ok(())
    /// # }
    /// ```
    pub fn propagate(&self, mut add: impl FnMut(&str, &str)) {
        if let Some(run) = self.watched_run() {
            run.propagate(&mut add);
        }
    }
}
