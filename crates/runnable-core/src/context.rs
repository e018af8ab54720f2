//! What a run carries from step to step.

use std::{borrow::Cow, fmt, sync::Arc};

use futures_util::FutureExt;
use serde_json::{Map, Value};

use crate::{
    ChildPosition, ChunkStream, Chunked, Error, ErrorKind, Metadata, Payload, Result, Run,
    RunConfig, RunId, Runnable, Scope,
    budget::Budget,
    lease::Lease,
    listener::Attached,
    live_run::{LiveRun, is_traced},
    opened::Opening,
    resources::Resources,
    retries::RetriesAround,
    turns::{Turn, Turns},
};

/// How often a step may return a step to be run in its place, each inside the last.
const RECURSION_LIMIT: u16 = 25;

/// The context of a run. A step receives it, and passes it on to the steps that it calls.
///
/// It is passed by value, because a stream outlives the call that created it. A clone shares the
/// context. If no listener is attached and nothing is configured, the context is empty and costs
/// nothing.
#[derive(Clone, Default)]
pub struct RunContext {
    shared: Option<Arc<Shared>>,
    /// What the run has of the call's budget, if there is one. Not shared, since each has its own.
    lease: Option<Arc<Lease>>,
    /// How many scopes this is inside of.
    depth: u16,
    /// How many of them were opened for a step that a step returned.
    recursions: u16,
    /// How many steps of the sequence around them come before those of a flat sequence.
    preceding: u16,
    /// How many times a step that is not a run handed this on, at any depth.
    layers: u16,
}

/// Where, and as what, the next run is to be opened.
#[derive(Clone, Default)]
pub(crate) struct Pending {
    pub(crate) place: ChildPosition,
    pub(crate) opening: Option<Arc<Opening>>,
    /// How deep that run is: those inside it are not meant.
    depth: u16,
}

/// What all steps below a run have in common.
#[derive(Clone, Default)]
pub(crate) struct Shared {
    pub(crate) inherited: Option<Arc<Inherited>>,
    pub(crate) listeners: Arc<[Attached]>,
    /// The run that the context belongs to, if it is watched; else the nearest around it that is.
    pub(crate) run: Option<Arc<LiveRun>>,
    /// The turns that the runs around have of steps with limits, the innermost first.
    pub(crate) turns: Option<Arc<TurnsAround>>,
    /// The retries around the run.
    pub(crate) retries: Option<Arc<RetriesAround>>,
    /// What a step that is no run of its own hands on to the step that it calls.
    pub(crate) pending: Option<Pending>,
}

/// The turn that a run has of its step, and those of the runs around it.
pub(crate) struct TurnsAround {
    turn: Arc<Turn>,
    outer: Option<Arc<Self>>,
}

/// The part of a configuration that children inherit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inherited {
    /// Sorted, each once.
    pub(crate) tags: Vec<Cow<'static, str>>,
    pub(crate) metadata: Metadata,
    pub(crate) configurable: Map<String, Value>,
    pub(crate) resources: Resources,
    pub(crate) max_concurrency: Option<usize>,
    pub(crate) budget: Option<Budget>,
    pub(crate) recursion_limit: Option<u16>,
}

impl RunContext {
    /// Returns a scope at `place` in this run, in which a step can be called.
    ///
    /// Combinators use it to call their inner steps. The called step has a run of its own, which is
    /// a child of this run.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::{ChildPosition, prelude::*};
    ///
    /// /// Runs a step twice.
    /// #[derive(Clone)]
    /// struct Twice<R>(R);
    ///
    /// impl<R: Runnable<Input = String, Output = String>> Runnable for Twice<R> {
    ///     type Input = String;
    ///     type Output = String;
    ///
    ///     async fn run(&self, text: String, cx: RunContext) -> Result<String> {
    ///         let first = cx.child(ChildPosition::Tag("call:1".into()));
    ///         let text = first.invoke(&self.0, text).await?;
    ///         cx.child(ChildPosition::Tag("call:2".into())).invoke(&self.0, text).await
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let double = Twice(lambda(|text: String| format!("{text}{text}")));
    /// assert_eq!(double.invoke("a").await?, "aaaa");
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn child(&self, place: ChildPosition) -> Scope<'_> {
        Scope::new(self, place)
    }

    /// Gathers `input` into a complete value, for a step that cannot start before.
    ///
    /// Call this method directly in [`run_transform`](crate::Runnable::run_transform), not later
    /// inside the returned stream. The call tells the run scope that the run starts with the
    /// complete input, and not with the first chunk. The start event then contains the input.
    ///
    /// # Errors
    ///
    /// Returns the error of `input`, or an error if the chunks do not make a [complete
    /// value](Chunked::from_merged).
    pub fn concat<T: Chunked>(
        &self,
        input: ChunkStream<T>,
    ) -> impl Future<Output = Result<T>> + Send + use<T> {
        gathered(input, self.awaiting_whole_input())
    }

    /// The run of this context, which from now on starts when its input is whole.
    fn awaiting_whole_input(&self) -> Option<Arc<LiveRun>> {
        // In a step that is no run of its own, the run belongs to the step that called it.
        let run = self.live_run().filter(|_| self.pending().is_none()).cloned();
        if let Some(run) = &run {
            run.await_whole_input();
        }
        run
    }

    /// Gathers `input` into a complete value, then streams `step` on it within this run.
    ///
    /// This is the body of `run_transform` for a step that cannot start before its input is
    /// complete. Pass the step itself:
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// /// Reverses a text, which needs all of it.
    /// #[derive(Clone)]
    /// struct Reverse;
    ///
    /// impl Runnable for Reverse {
    ///     type Input = String;
    ///     type Output = String;
    ///
    ///     async fn run(&self, text: String, _: RunContext) -> Result<String> {
    ///         Ok(text.chars().rev().collect())
    ///     }
    ///
    ///     // The default implementation does the same.
    ///     fn run_transform(
    ///         &self,
    ///         text: ChunkStream<String>,
    ///         cx: RunContext,
    ///     ) -> ChunkStream<String> {
    ///         cx.concat_then(self, text)
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let chain = map_chunks(|text: String| text.to_uppercase()).pipe(Reverse);
    /// assert_eq!(chain.invoke("abc").await?, "CBA");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Call this method directly in `run_transform`, not inside the returned stream. The call tells
    /// the run scope that the run starts with the complete input, and not with the first chunk.
    /// After the input is complete, the run waits for a permit if the call has a
    /// [`max_concurrency`](RunConfig::max_concurrency).
    ///
    /// `step` is not called through a scope. It gets no run of its own, because it is the step that
    /// this run belongs to. To call another step, use [`child`](Self::child).
    ///
    /// # Errors
    ///
    /// If `input` fails, the returned stream yields that error, with the input received so far as
    /// its [partial value](Error::partial), and `step` is not called. The same applies if the
    /// chunks do not make a [complete value](Chunked::from_merged).
    pub fn concat_then<R: Runnable>(
        self,
        step: &R,
        input: ChunkStream<R::Input>,
    ) -> ChunkStream<R::Output> {
        let step = step.clone();
        let run = self.awaiting_whole_input();
        let output = async move {
            // Made here, since a future holds what is moved in it twice.
            match gathered(input, run).await {
                Ok(whole) => {
                    // In a step that is not a run, the step that it calls does the work.
                    if let (Some(lease), None) = (self.lease(), self.pending()) {
                        lease.fill().await;
                    }
                    step.run_stream(whole, self)
                }
                Err(error) => ChunkStream::error(error),
            }
        };
        ChunkStream::new(output.boxed().flatten_stream())
    }

    /// One step further into what steps return that are to be run in their place.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RecursionLimit`] when that has been done as often as the call allows.
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

    /// Returns the run of this context, if a listener or a `tracing` subscriber observes it.
    pub fn run(&self) -> Option<&Run> {
        self.live_run().map(|live| &live.run)
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

    /// Returns the smallest [`max_concurrency`](RunConfig::max_concurrency) that applies here, if a
    /// limit is set.
    pub fn max_concurrency(&self) -> Option<usize> {
        self.inherited()?.max_concurrency
    }

    pub(crate) fn inherited(&self) -> Option<&Inherited> {
        self.shared.as_deref()?.inherited.as_deref()
    }

    /// Whether anybody sees the runs below this one.
    #[inline]
    pub(crate) fn is_watched(&self) -> bool {
        let listened = self.shared.as_deref().is_some_and(|shared| !shared.listeners.is_empty());
        listened || is_traced()
    }

    pub(crate) fn listeners(&self) -> &[Attached] {
        self.shared.as_deref().map_or(&[], |shared| &shared.listeners)
    }

    /// The run that this is the context of, if it is watched.
    pub(crate) fn live_run(&self) -> Option<&Arc<LiveRun>> {
        // One that is not watched may be inside one that is.
        self.watched_run().filter(|run| run.depth == self.depth)
    }

    /// The nearest run that is watched: that of this context, or one around it.
    pub(crate) fn watched_run(&self) -> Option<&Arc<LiveRun>> {
        self.shared.as_deref()?.run.as_ref()
    }

    #[inline]
    pub(crate) fn depth(&self) -> u16 {
        self.depth
    }

    #[inline]
    pub(crate) fn preceding(&self) -> usize {
        self.preceding as usize
    }

    /// This context for a flat sequence, whose steps are counted on.
    #[inline]
    pub(crate) fn counted_on(&self, preceding: usize) -> Self {
        let preceding = u16::try_from(preceding).unwrap_or(u16::MAX);
        let (shared, lease) = (self.shared.clone(), self.lease.clone());
        Self { shared, lease, preceding, ..*self }
    }

    #[inline]
    pub(crate) fn pending(&self) -> Option<&Pending> {
        let pending = self.shared.as_deref()?.pending.as_ref();
        pending.filter(|pending| pending.depth == self.depth)
    }

    /// This context for a step that is no run of its own: what it calls is called at its place.
    pub(crate) fn handed_on(&self, place: ChildPosition, opening: Option<Arc<Opening>>) -> Self {
        let pending = Some(Pending { place, opening, depth: self.depth });
        let cx = Self { preceding: 0, ..self.clone() }.in_layer();
        cx.with_shared(Shared { pending, ..self.shared() })
    }

    /// This context, inside one more step that is not a run.
    #[inline]
    pub(crate) fn in_layer(self) -> Self {
        Self { layers: self.layers.wrapping_add(1), ..self }
    }

    /// How many steps that are not runs this is inside of.
    #[inline]
    pub(crate) fn layers(&self) -> u16 {
        self.layers
    }

    /// This context, with what the configuration of a call adds to it.
    pub(crate) fn inheriting(&self, config: &RunConfig) -> Self {
        self.extended(config, RunConfig::extend)
    }

    /// This context, with what the configuration of a step adds to it.
    pub(crate) fn inheriting_by_default(&self, config: &RunConfig) -> Self {
        self.extended(config, RunConfig::extend_by_default)
    }

    fn extended(&self, config: &RunConfig, extend: impl Fn(&RunConfig, &mut Inherited)) -> Self {
        let mut inherited = self.inherited().cloned().unwrap_or_default();
        extend(config, &mut inherited);
        let inherited = Some(Arc::new(inherited));
        let listeners = self.listeners().iter().chain(config.listeners()).cloned().collect();
        self.clone().with_shared(Shared { inherited, listeners, ..self.shared() })
    }

    /// The context inside a scope that nobody watches.
    #[inline]
    pub(crate) fn deeper(&self) -> Self {
        let depth = self.depth.saturating_add(1);
        let (shared, lease) = (self.shared.clone(), self.lease.clone());
        Self { shared, lease, depth, preceding: 0, ..*self }
    }

    /// The context inside a scope that opened a run.
    pub(crate) fn inside(&self, run: Arc<LiveRun>) -> Self {
        self.deeper().with_shared(Shared { run: Some(run), ..self.shared() })
    }

    /// The budget of the call, if it has one.
    #[inline]
    pub(crate) fn budget(&self) -> Option<&Budget> {
        self.inherited()?.budget.as_ref()
    }

    /// This context, with the limits of another.
    pub(crate) fn limited_by(self, other: &Self) -> Self {
        let inherited = other.inherited().map(|limited| Inherited {
            max_concurrency: limited.max_concurrency,
            budget: limited.budget.clone(),
            ..self.inherited().cloned().unwrap_or_default()
        });
        let shared = Shared { inherited: inherited.map(Arc::new), ..self.shared() };
        self.with_shared(shared)
    }

    /// The budget of the run that this is the context of, if it has one: a call from inside it may
    /// be left alone.
    #[inline]
    pub(crate) fn outer_budget(&self) -> Option<&Budget> {
        self.lease.as_ref()?;
        self.budget()
    }

    pub(crate) fn lease(&self) -> Option<&Arc<Lease>> {
        self.lease.as_ref()
    }

    /// This context, inside a run or a node that has this of the budget.
    pub(crate) fn leased(mut self, lease: Arc<Lease>) -> Self {
        self.enter_lease(lease);
        self
    }

    pub(crate) fn enter_lease(&mut self, lease: Arc<Lease>) {
        self.lease = Some(lease);
    }

    /// The turn that the nearest run around has of a step with a limit.
    pub(crate) fn turn(&self, turns: &Turns) -> Option<&Arc<Turn>> {
        let mut around = self.shared.as_deref()?.turns.as_ref();
        while let Some(TurnsAround { turn, outer }) = around.map(|around| &**around) {
            if turn.is_of(turns) {
                return Some(turn);
            }
            around = outer.as_ref();
        }
        None
    }

    /// This context, inside a run that has this turn.
    pub(crate) fn in_turn(self, turn: &Arc<Turn>) -> Self {
        let shared = self.shared();
        let turns = TurnsAround { turn: Arc::clone(turn), outer: shared.turns.clone() };
        self.with_shared(Shared { turns: Some(Arc::new(turns)), ..shared })
    }

    pub(crate) fn retries(&self) -> Option<&Arc<RetriesAround>> {
        self.shared.as_deref()?.retries.as_ref()
    }

    pub(crate) fn shared(&self) -> Shared {
        self.shared.as_deref().cloned().unwrap_or_default()
    }

    pub(crate) fn with_shared(mut self, shared: Shared) -> Self {
        self.shared = Some(Arc::new(shared));
        self
    }
}

/// Merges an input stream, and starts the run that waits for it.
async fn gathered<T: Chunked>(input: ChunkStream<T>, run: Option<Arc<LiveRun>>) -> Result<T> {
    let whole = input.concat().await?;
    if let Some(run) = run {
        run.start(Some(Payload::new(&whole)));
    }
    Ok(whole)
}

impl fmt::Debug for RunContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunContext")
            .field("run", &self.run())
            .field("inherited", &self.inherited())
            .finish_non_exhaustive()
    }
}
