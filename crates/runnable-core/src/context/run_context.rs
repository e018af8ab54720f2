//! [`RunContext`]: the context of a run.

use std::{any, fmt, sync::Arc};

use serde_json::Value;

use super::{
    frame::{Frame, HandedOn, PackedFrame},
    inherited::Inherited,
    place::ChildPosition,
    report_tap::ReportTap,
};
use crate::{
    Error, ErrorKind, Metadata, Result, Run, RunId,
    concurrency::{
        budget::Budget,
        lease::{Held, Lease},
        step_turns::{Turn, Turns, TurnsAround},
    },
    observe::{
        attached::Attached,
        inner_runs::InnerRuns,
        live_run::{LiveRun, is_traced},
        opening::Opening,
    },
    policy::retries::RetriesAround,
    poll::stopwatch::WorkClock,
};

/// The default of [`RunConfig::recursion_limit`](crate::RunConfig::recursion_limit).
const RECURSION_LIMIT: u16 = 25;

/// The context of a run. A step receives it, and passes it on to the steps that it calls.
///
/// It is passed by value, because a stream outlives the call that created it. A clone shares the
/// context. If no listener is attached and nothing is configured, the context is empty and costs
/// nothing.
#[doc(alias("RunnableConfig", "CallbackManagerForChainRun", "ToolRuntime"))]
#[derive(Clone, Default)]
pub struct RunContext {
    shared: Option<Arc<Shared>>,
    /// The lease of this run, which is its share in the concurrency limit of the call. `None` if
    /// the call has no limit. The lease is not in [`Shared`], because each run has its own lease.
    lease: Option<Arc<Lease>>,
    /// How the run of this context relates to the step that received the context.
    frame: PackedFrame,
    /// The number of scopes that enclose this context. A scope is a place where a step is called.
    depth: u16,
    /// The number of these scopes that call a step that another step has returned.
    recursions: u16,
    /// The number of transparent steps that enclose this context, at any depth. The number wraps
    /// around.
    layers: u8,
    /// Whether the run of this context is observed, which means that a listener or a `tracing`
    /// subscriber is attached to it. If it is not observed, [`Shared::run`] is an outer run.
    in_watched_run: bool,
}

/// The parts of a context that the runs inside one observed run share.
#[derive(Clone, Default)]
pub(crate) struct Shared {
    pub(crate) inherited: Option<Arc<Inherited>>,
    pub(crate) listeners: Arc<[Attached]>,
    /// The nearest enclosing run that is observed.
    pub(crate) run: Option<Arc<LiveRun>>,
    /// The turns that the enclosing runs hold, innermost first. A turn is the permission to use a
    /// step that has a `with_concurrency_limit`.
    pub(crate) turns: Option<Arc<TurnsAround>>,
    /// The retry policies of the enclosing steps.
    pub(crate) retries: Option<Arc<RetriesAround>>,
    /// The clock of the nearest time limit.
    pub(crate) clock: Option<Arc<WorkClock>>,
    /// The position and the run options that the nearest transparent step passes on. They apply
    /// only if the frame is [`Frame::HandedOn`].
    pub(crate) handed_on: Option<HandedOn>,
    /// The observed runs inside the nearest shared work. `None` outside shared work.
    pub(crate) inner_runs: Option<Arc<InnerRuns>>,
    /// The innermost function that receives the reports of a run.
    pub(crate) report_tap: Option<Arc<ReportTap>>,
}

/// The settings of the call that a step can read.
impl RunContext {
    /// Returns the run of this context, if a listener or a `tracing` subscriber observes it.
    pub fn run(&self) -> Option<&Run> {
        self.live_run().map(|live| &*live.run)
    }

    /// Returns the id of the run, if a listener or a `tracing` subscriber observes it.
    pub fn run_id(&self) -> Option<RunId> {
        self.run().map(|run| run.id)
    }

    /// Returns the tags that the run inherits.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let tags = async_lambda(|_: String, cx: RunContext| async move {
    ///     Ok(cx.tags().map(str::to_owned).collect::<Vec<_>>())
    /// });
    /// assert_eq!(tags.invoke("").config(RunConfig::new().tag("demo")).await?, ["demo"]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        self.inherited().into_iter().flat_map(|inherited| &inherited.tags).map(AsRef::as_ref)
    }

    /// Returns the metadata that the run inherits.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let user = async_lambda(|_: String, cx: RunContext| async move {
    ///     Ok(cx.metadata().and_then(|metadata| metadata["user"].as_u64()))
    /// });
    /// assert_eq!(user.invoke("").config(RunConfig::new().metadata("user", 7)).await?, Some(7));
    /// # Ok(())
    /// # }
    /// ```
    pub fn metadata(&self) -> Option<&Metadata> {
        self.inherited().map(|inherited| &inherited.metadata)
    }

    /// Returns the value that the call sets for a configurable key.
    ///
    /// A step must declare the keys that it reads: a function with
    /// [`declares`](crate::RunnableExt::declares), and your own type in its
    /// [`structure`](crate::Runnable::structure). A call that sets an undeclared key fails.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let user = async_lambda(|_: String, cx: RunContext| async move {
    ///     Ok(cx.configurable("user_id").and_then(|id| id.as_u64()))
    /// });
    /// let user = user.declares("user_id");
    /// let config = RunConfig::new().configurable("user_id", 7);
    /// assert_eq!(user.invoke("").config(config).await?, Some(7));
    /// # Ok(())
    /// # }
    /// ```
    pub fn configurable(&self, key: &str) -> Option<&Value> {
        self.inherited()?.configurable.get(key)
    }

    /// Returns the resource of type `T` that was added to the call with
    /// [`RunConfig::resource`](crate::RunConfig::resource).
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::InvalidInput`] if the call has no resource of this type.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let first = async_lambda(|_: String, cx: RunContext| async move {
    ///     Ok(cx.resource::<Vec<u64>>()?.first().copied())
    /// });
    /// let config = RunConfig::new().resource(vec![7_u64, 8]);
    /// assert_eq!(first.invoke("").config(config).await?, Some(7));
    ///
    /// let error = first.invoke("").await.unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::InvalidInput);
    /// # Ok(())
    /// # }
    /// ```
    pub fn resource<T: Send + Sync + 'static>(&self) -> Result<&T> {
        self.find_resource().ok_or_else(|| {
            let name = any::type_name::<T>();
            let message = format!(
                "missing resource `{name}`; add it to the call with `RunConfig::new().resource(…)`"
            );
            Error::new(ErrorKind::InvalidInput, message)
        })
    }

    /// Returns the resource of type `T` that was added to the call, or `None` if the call has no
    /// resource of this type.
    ///
    /// Use it for a resource that changes the behaviour of a step only if it is present. For a
    /// resource that a step needs, use [`resource`](Self::resource).
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let count = async_lambda(|_: String, cx: RunContext| async move {
    ///     Ok(cx.find_resource::<Vec<u64>>().map_or(0, Vec::len))
    /// });
    /// assert_eq!(count.invoke("").await?, 0);
    /// let config = RunConfig::new().resource(vec![7_u64, 8]);
    /// assert_eq!(count.invoke("").config(config).await?, 2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn find_resource<T: Send + Sync + 'static>(&self) -> Option<&T> {
        self.inherited()?.resources.get()
    }

    /// Returns the smallest [`max_concurrency`](crate::RunConfig::max_concurrency) that applies
    /// here, if a limit is set.
    pub fn max_concurrency(&self) -> Option<usize> {
        self.inherited()?.max_concurrency
    }
}

/// Access to the enclosing runs, for the run scope and the combinators.
impl RunContext {
    pub(crate) fn inherited(&self) -> Option<&Inherited> {
        self.shared.as_deref()?.inherited.as_deref()
    }

    /// Returns whether a listener or a `tracing` subscriber observes the runs inside this one.
    #[inline]
    pub(crate) fn is_watched(&self) -> bool {
        let has_listeners =
            self.shared.as_deref().is_some_and(|shared| !shared.listeners.is_empty());
        (has_listeners || is_traced()) && !self.inner_runs().is_some_and(InnerRuns::is_left)
    }

    pub(crate) fn listeners(&self) -> &[Attached] {
        self.shared.as_deref().map_or(&[], |shared| &shared.listeners)
    }

    /// Returns the run of this context, if it is observed.
    pub(crate) fn live_run(&self) -> Option<&Arc<LiveRun>> {
        self.watched_run().filter(|_| self.in_watched_run)
    }

    /// Returns the nearest observed run: the run of this context, or an outer run.
    pub(crate) fn watched_run(&self) -> Option<&Arc<LiveRun>> {
        self.shared.as_deref()?.run.as_ref()
    }

    #[inline]
    pub(crate) fn depth(&self) -> u16 {
        self.depth
    }

    /// Returns the number of transparent steps that enclose this context.
    #[inline]
    pub(crate) fn layers(&self) -> u16 {
        self.layers.into()
    }

    /// Returns how many steps of the outer sequence come before the steps of this sequence. The
    /// number is 0 unless the sequence is flattened into an outer sequence.
    #[inline]
    pub(crate) fn preceding(&self) -> usize {
        self.frame.preceding().into()
    }

    /// Returns how the run of this context relates to the step that received the context.
    #[inline]
    pub(crate) fn frame(&self) -> Frame {
        self.frame.get()
    }

    /// Returns the position and the run options that a transparent step passes on to the step that
    /// it calls. Returns `None` if the calling step is not transparent.
    #[inline]
    pub(crate) fn handed_on(&self) -> Option<&HandedOn> {
        match self.frame() {
            Frame::HandedOn => self.shared.as_deref()?.handed_on.as_ref(),
            Frame::Own | Frame::Flat(_) => None,
        }
    }

    /// Returns the budget of the call, which enforces its concurrency limits. `None` if there is no
    /// limit.
    #[inline]
    pub(crate) fn budget(&self) -> Option<&Budget> {
        self.inherited()?.budget.as_ref()
    }

    /// Returns the budget of the call if an enclosing run has a lease. User code can stop polling a
    /// call that is made inside such a run, so the call must be a node, which can be polled
    /// independently.
    #[inline]
    pub(crate) fn outer_budget(&self) -> Option<&Budget> {
        self.lease.as_ref()?;
        self.budget()
    }

    #[inline]
    pub(crate) fn lease(&self) -> Option<&Arc<Lease>> {
        self.lease.as_ref()
    }

    /// Returns the innermost turn that an enclosing run holds of the step with these `turns`.
    pub(crate) fn turn(&self, turns: &Turns) -> Option<&Arc<Turn>> {
        self.shared.as_deref()?.turns.as_deref()?.nearest(turns)
    }

    pub(crate) fn retries(&self) -> Option<&Arc<RetriesAround>> {
        self.shared.as_deref()?.retries.as_ref()
    }

    /// Returns the clock of the nearest time limit.
    pub(crate) fn clock(&self) -> Option<&Arc<WorkClock>> {
        self.shared.as_deref()?.clock.as_ref()
    }

    /// Returns the observed runs inside the nearest shared work that encloses this context.
    pub(crate) fn inner_runs(&self) -> Option<&InnerRuns> {
        self.shared.as_deref()?.inner_runs.as_deref()
    }

    /// Returns the innermost function that receives the reports of this run or of an outer run.
    pub(super) fn report_tap(&self) -> Option<&ReportTap> {
        self.shared.as_deref()?.report_tap.as_deref()
    }

    pub(crate) fn shared(&self) -> Shared {
        self.shared.as_deref().cloned().unwrap_or_default()
    }
}

/// Contexts for the steps that are called with this context.
impl RunContext {
    /// Returns the context for the steps inside an unobserved run.
    #[inline]
    pub(crate) fn inside_unwatched(&self) -> Self {
        Self {
            shared: self.shared.clone(),
            lease: self.lease.clone(),
            frame: Frame::Own.into(),
            in_watched_run: false,
            depth: self.depth.saturating_add(1),
            ..*self
        }
    }

    /// Returns the context for the steps inside an observed run.
    pub(crate) fn inside(&self, run: Arc<LiveRun>) -> Self {
        let inside = Self { in_watched_run: true, ..self.inside_unwatched() };
        inside.with_shared(Shared { run: Some(run), ..self.shared() })
    }

    /// Returns this context for a transparent step. The step that the transparent step calls takes
    /// the position `place`.
    pub(crate) fn handing_on(&self, place: ChildPosition, opening: Option<Arc<Opening>>) -> Self {
        let handed_on = Some(HandedOn { place, opening });
        let cx = Self { frame: Frame::HandedOn.into(), ..self.clone() }.in_layer();
        cx.with_shared(Shared { handed_on, ..self.shared() })
    }

    /// Returns this context for a sequence inside a sequence. The steps of the inner sequence count
    /// as steps of the outer sequence. They come after `preceding` other steps.
    #[inline]
    pub(crate) fn counted_on(&self, preceding: usize) -> Self {
        let frame = Frame::Flat(u16::try_from(preceding).unwrap_or(u16::MAX)).into();
        let (shared, lease) = (self.shared.clone(), self.lease.clone());
        Self { shared, lease, frame, ..*self }
    }

    /// Returns this context with one more transparent step counted.
    #[inline]
    pub(crate) fn in_layer(self) -> Self {
        Self { layers: self.layers.wrapping_add(1), ..self }
    }

    /// Returns this context for a step that another step has returned, and that now runs in place
    /// of the other step.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::RecursionLimit`] if steps have already returned steps as often as the
    /// call allows.
    pub(crate) fn recursing(&self) -> Result<Self> {
        let limit = self.inherited().and_then(|inherited| inherited.recursion_limit);
        let limit = limit.unwrap_or(RECURSION_LIMIT);
        if self.recursions >= limit {
            let message = format!(
                "recursion limit of {limit} reached: steps keep returning steps; raise it with \
                 `RunConfig::recursion_limit` if this is intended"
            );
            return Err(Error::new(ErrorKind::RecursionLimit, message));
        }
        Ok(Self { recursions: self.recursions + 1, ..self.clone() })
    }

    /// Returns this context with the concurrency limits of the context `other`.
    pub(crate) fn limited_by(self, other: &Self) -> Self {
        let inherited = other.inherited().map(|limited| Inherited {
            max_concurrency: limited.max_concurrency,
            budget: limited.budget.clone(),
            ..self.inherited().cloned().unwrap_or_default()
        });
        let shared = Shared { inherited: inherited.map(Arc::new), ..self.shared() };
        self.with_shared(shared)
    }

    /// Opens the lease of the run that has this context, if the call has a budget, and returns the
    /// context with the lease.
    pub(crate) fn holding(mut self, is_input_complete: bool) -> (Self, Option<Held>) {
        let budget = self.budget();
        let held = budget.map(|budget| Held::open(budget, self.lease(), is_input_complete));
        if let Some(held) = &held {
            self.enter_lease(Arc::clone(&held.lease));
        }
        (self, held)
    }

    pub(crate) fn enter_lease(&mut self, lease: Arc<Lease>) {
        self.lease = Some(lease);
    }

    /// Returns this context with a lease, which can hold a permit of `max_concurrency` for a run.
    pub(crate) fn leased(mut self, lease: Arc<Lease>) -> Self {
        self.enter_lease(lease);
        self
    }

    /// Returns this context for the steps inside a run that holds this turn.
    pub(crate) fn in_turn(self, turn: &Arc<Turn>) -> Self {
        let shared = self.shared();
        let turns = Some(TurnsAround::new(turn, shared.turns.clone()));
        self.with_shared(Shared { turns, ..shared })
    }

    pub(crate) fn with_shared(mut self, shared: Shared) -> Self {
        self.shared = Some(Arc::new(shared));
        self
    }
}

impl fmt::Debug for RunContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunContext")
            .field("run", &self.run())
            .field("inherited", &self.inherited())
            .finish_non_exhaustive()
    }
}
