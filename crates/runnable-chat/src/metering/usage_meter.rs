//! [`UsageMeter`]: a listener that sums the usage and the cost of models.

use std::{
    collections::BTreeMap,
    fmt, mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use runnable_core::{Interest, Listener, Run, RunEvent, RunEventData, RunId};

use super::{
    ended_call::EndedCall, model_runs::ModelRuns, usage_report::reported_usage,
    usage_totals::UsageTotals,
};
use crate::pricing::Prices;

/// A listener that sums the token usage and the cost of models: by model, by tag, and by call.
///
/// Attach it to a call or a batch with [`RunConfig::listener`], or to a step with [`with_config`].
/// A clone is a handle to the same sums. To meter a program, attach clones to all its calls. A
/// meter counts each call of a model once, even if it is attached twice, and even if one model
/// passes its requests on to another model.
///
/// # What is counted
///
/// - Chat models report their usage with their answers. If a model fails or is dropped after it has
///   begun to answer, the meter uses the last usage that it reported. Each failed attempt of a
///   retry is a separate call.
/// - Text models and embedding models report their usage in an event, if their provider knows it:
///   see [`USAGE_REPORT`](super::USAGE_REPORT). Otherwise, they are counted as calls without usage,
///   and their cost is unknown.
/// - Attempts that the HTTP transport repeats inside a run are not counted, because the service
///   rejected them.
///
/// The meter does not make models stream, and requests values only from runs of chat models.
///
/// # Examples
///
/// ```
/// use runnable_chat::{metering::UsageMeter, prelude::*};
/// # use runnable_chat::model::{ChatProvider, ChatRequest};
/// # #[derive(Debug)] struct Mini;
/// # impl ChatProvider for Mini {
/// #     fn run_name(&self) -> &str { "Mini" }
/// #     fn provider(&self) -> Option<&str> { Some("openai") }
/// #     fn model(&self) -> Option<&str> { Some("gpt-4o-mini") }
/// #     fn stream(&self, request: ChatRequest, _: RunContext) -> ChunkStream<AiMessage> {
/// #         let mut answer = AiMessage::new("Paris");
/// #         answer.usage = Some(Usage::new(1_000, 200));
/// #         ChunkStream::once(answer)
/// #     }
/// # }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let model = ChatModel::new(Mini);
/// let chain = prompt("What is the capital of {country}?").pipe(model).pipe(text());
///
/// let meter = UsageMeter::new();
/// let config = RunConfig::new().listener(meter.clone()).tag("geography");
/// chain.batch([dict! { country: "France" }, dict! { country: "Chad" }]).config(config).await;
///
/// let totals = meter.totals();
/// assert_eq!(totals.to_string(), "2 calls, 2000 → 400 tokens, $0.00054");
/// assert_eq!(totals.model("openai", "gpt-4o-mini").completed.usage, Usage::new(2_000, 400));
/// assert_eq!(meter.tag("geography"), totals);
/// # Ok(())
/// # }
/// ```
///
/// [`RunConfig::listener`]: runnable_core::RunConfig::listener
/// [`with_config`]: runnable_core::RunnableExt::with_config
#[doc(alias("UsageMetadataCallbackHandler", "get_usage_metadata_callback"))]
#[derive(Clone)]
pub struct UsageMeter {
    prices: Prices,
    keeps_roots: bool,
    sums: Arc<Mutex<Sums>>,
}

#[derive(Debug, Default)]
struct Sums {
    runs: ModelRuns,
    all: UsageTotals,
    by_tag: BTreeMap<String, UsageTotals>,
    by_root: BTreeMap<RunId, UsageTotals>,
}

impl UsageMeter {
    /// Creates a meter with the [shipped](Prices::shipped) prices.
    pub fn new() -> Self {
        Self { prices: Prices::shipped(), keeps_roots: false, sums: Arc::default() }
    }

    /// Sets the prices. Set them before you attach the meter, because each handle has its own.
    #[must_use]
    pub fn with_prices(self, prices: Prices) -> Self {
        Self { prices, ..self }
    }

    /// Also keeps the sums of each root run, for [`root`](Self::root).
    ///
    /// Each input of a batch has its own root run. The sums are kept until
    /// [`take_root`](Self::take_root) removes them. If a meter runs as long as the program, remove
    /// the sums regularly, because the memory otherwise grows with each call.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_chat::{metering::UsageMeter, prelude::*};
    ///
    /// # async fn example(model: ChatModel) {
    /// let meter = UsageMeter::new().with_roots();
    /// model.batch(["Hi", "Hello"]).config(RunConfig::new().listener(meter.clone())).await;
    /// for (root, totals) in meter.by_root() {
    ///     println!("{root}: {totals}");
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn with_roots(self) -> Self {
        Self { keeps_roots: true, ..self }
    }

    /// Returns the sums of all calls of models that have ended.
    pub fn totals(&self) -> UsageTotals {
        self.sums().all.clone()
    }

    /// Returns the sums of the runs with a tag. A run with several tags counts for each of them.
    pub fn tag(&self, tag: &str) -> UsageTotals {
        self.sums().by_tag.get(tag).cloned().unwrap_or_default()
    }

    /// Returns the sums of each tag. The tags that the library sets for the positions of runs, such
    /// as `seq:step:2`, are left out.
    pub fn by_tag(&self) -> BTreeMap<String, UsageTotals> {
        self.sums().by_tag.clone()
    }

    /// Returns the sums of the runs inside a root run. Requires [`with_roots`](Self::with_roots).
    pub fn root(&self, root: RunId) -> UsageTotals {
        self.sums().by_root.get(&root).cloned().unwrap_or_default()
    }

    /// Returns the sums of the runs inside a root run, and removes them from
    /// [`by_root`](Self::by_root). They remain part of the totals.
    pub fn take_root(&self, root: RunId) -> UsageTotals {
        self.sums().by_root.remove(&root).unwrap_or_default()
    }

    /// Returns the sums of each root run. Requires [`with_roots`](Self::with_roots).
    pub fn by_root(&self) -> BTreeMap<RunId, UsageTotals> {
        self.sums().by_root.clone()
    }

    /// Returns the sums of all calls that have ended, and sets all sums to zero.
    ///
    /// Runs that are still open count for the new sums when they end.
    pub fn take(&self) -> UsageTotals {
        let mut sums = self.sums();
        let runs = mem::take(&mut sums.runs);
        mem::replace(&mut *sums, Sums { runs, ..Sums::default() }).all
    }

    fn sums(&self) -> MutexGuard<'_, Sums> {
        self.sums.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Creates a meter with the [shipped](Prices::shipped) prices.
impl Default for UsageMeter {
    fn default() -> Self {
        Self::new()
    }
}

impl Listener for UsageMeter {
    fn interest(&self, run: &Run) -> Option<Interest> {
        ModelRuns::interest(run)
    }

    fn on_event(&self, event: &RunEvent<'_>) {
        let run = event.run;
        if let RunEventData::Start { .. } = event.data {
            return self.sums().runs.start(run);
        }
        if let Some(usage) = reported_usage(event) {
            return self.sums().runs.report(run, usage);
        }
        // Compute the cost before the lock is taken, because other threads wait for the lock.
        let reported = || self.sums().runs.reported(run);
        let Some(call) = EndedCall::of_event(event, &self.prices, reported) else {
            return;
        };
        let mut sums = self.sums();
        if !sums.runs.end(run) {
            return;
        }
        let usage = call.to_usage();
        for tag in run.tags.iter().filter(|tag| run.position.as_ref() != Some(*tag)) {
            let of_tag = sums.by_tag.entry(tag.to_string()).or_default();
            of_tag.add_call(call.model.clone(), usage);
        }
        if self.keeps_roots {
            let of_root = sums.by_root.entry(run.root_id()).or_default();
            of_root.add_call(call.model.clone(), usage);
        }
        sums.all.add_call(call.model, usage);
    }
}

impl fmt::Debug for UsageMeter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UsageMeter").field("totals", &self.totals()).finish_non_exhaustive()
    }
}
