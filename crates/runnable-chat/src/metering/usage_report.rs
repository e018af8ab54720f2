//! [`USAGE_REPORT`]: how text models and embedding models report their usage.

use runnable_core::{RunEvent, RunEventData};

use crate::{Usage, run_kind::CHAT_MODEL};

/// The name of the report in which a text model or an embedding model states its token usage.
///
/// The answer of a chat model contains its [`Usage`]. The output of a text model or of an embedding
/// model does not, so the provider of such a model emits a report with this name and the usage as
/// its data. Meters, spending limits, rate limits and traces read it. If a model sends several
/// requests for one call, it reports the usage of each of them, and the sum counts.
///
/// # Examples
///
/// ```
/// use futures::{FutureExt, future::BoxFuture};
/// use runnable_chat::{
///     EmbeddingModel, Usage,
///     embedding::{Embedding, EmbeddingProvider},
///     metering::{USAGE_REPORT, UsageMeter},
///     prelude::*,
/// };
///
/// #[derive(Debug)]
/// struct Lengths;
///
/// impl EmbeddingProvider for Lengths {
///     fn run_name(&self) -> &str {
///         "Lengths"
///     }
///
///     fn embed(
///         &self,
///         texts: Vec<String>,
///         cx: RunContext,
///     ) -> BoxFuture<'static, Result<Vec<Embedding>>> {
///         async move {
///             cx.emit_report(USAGE_REPORT, &Usage::new(texts.len() as u64, 0));
///             Ok(texts.iter().map(|text| vec![text.len() as f32]).collect())
///         }
///         .boxed()
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let meter = UsageMeter::new();
/// let config = RunConfig::new().listener(meter.clone());
/// EmbeddingModel::new(Lengths).invoke(vec!["cat".to_owned()]).config(config).await?;
/// assert_eq!(meter.totals().total().usage, Usage::new(1, 0));
/// # Ok(())
/// # }
/// ```
pub const USAGE_REPORT: &str = "usage";

/// Returns the usage that a text model or an embedding model reports in this event.
pub(super) fn reported_usage(event: &RunEvent<'_>) -> Option<Usage> {
    match &event.data {
        RunEventData::Report { name, data, .. }
            if *name == USAGE_REPORT && event.run.kind != CHAT_MODEL =>
        {
            data.downcast_ref().copied()
        }
        _ => None,
    }
}
