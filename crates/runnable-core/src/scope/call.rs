//! [`Scope`]: calls a step at a position in a run.

use std::{sync::Arc, time::Duration};

use futures_util::future::{BoxFuture, FutureExt};

use super::{
    guard::RunGuard,
    invoke_unwatched::UnwatchedInvoke,
    invoke_watched::WatchedInvoke,
    layer::{chunks_of_layer, layer_apart},
    open::open,
    stream::{Input, StreamedRun},
};
use crate::{
    ChildPosition, ChunkStream, Error, Result, RunContext, Runnable, Runs,
    concurrency::{
        budget::Budget,
        node::{Chunks, Handle},
    },
    context::frame::{Frame, HandedOn},
    observe::opening::Opening,
    policy::bounds::{Bounds, Passed},
    poll::{
        caught_panic::caught,
        segment::{self, Segment},
    },
};

/// A position in a run at which a step can be called. Created by [`RunContext::child`].
///
/// The called step gets its own run, with one start, any number of chunks, and one end. If the step
/// fails, its name is added to the path of the error. If the run is not observed and the call has
/// no concurrency limit, `invoke` allocates nothing, and `stream` and `transform` allocate one
/// boxed stream.
#[doc(alias("CallbackManager", "AsyncCallbackManager"))]
#[derive(Debug)]
#[must_use = "a scope does nothing until a step is called in it"]
pub struct Scope<'a> {
    cx: &'a RunContext,
    place: ChildPosition,
    /// The options that are set for the run. `None` if none are set.
    opening: Option<Arc<Opening>>,
}

impl RunContext {
    /// Returns a scope at `place` in this run, in which a step can be called.
    ///
    /// Combinators use it to call their inner steps. The called step gets its own run, which is a
    /// child of this run.
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
    #[doc(alias("get_child", "patch_config"))]
    #[inline]
    pub fn child(&self, place: ChildPosition) -> Scope<'_> {
        if matches!(place, ChildPosition::Untagged)
            && let Some(HandedOn { place, opening }) = self.handed_on()
        {
            return Scope { cx: self, place: place.clone(), opening: opening.clone() };
        }
        Scope { cx: self, place, opening: None }
    }
}

impl<'a> Scope<'a> {
    pub(crate) fn root(cx: &'a RunContext, opening: Option<Arc<Opening>>) -> Self {
        Self { cx, place: ChildPosition::Untagged, opening }
    }

    /// Creates the scope of a step of a sequence. The number of the step is counted from 1.
    #[inline]
    pub(crate) fn of_step(cx: &'a RunContext, number: usize) -> Self {
        Self { cx, place: ChildPosition::SequenceStep(number), opening: None }
    }

    /// Adds the index of a list item to the run options, if the run is observed.
    pub(crate) fn item(self, index: usize) -> Self {
        self.opened_with(|opening| opening.index = Some(index))
    }

    /// Adds the number of an attempt, counted from 1, to the run options, if the run is observed.
    pub(crate) fn attempt(self, number: u32) -> Self {
        self.opened_with(|opening| opening.attempt = Some(number))
    }

    /// Adds the choice of a transparent step to the run options, if the run is observed.
    pub(crate) fn choosing(self, choice: impl FnOnce() -> String) -> Self {
        self.opened_with(|opening| {
            let choice = choice();
            opening.choice = Some(match opening.choice.take() {
                Some(outer) => format!("{outer}, {choice}").into(),
                None => choice.into(),
            });
        })
    }

    /// Adds to the run options how long the run has waited in a queue, if the run is observed.
    pub(crate) fn queued(self, wait: Duration) -> Self {
        if wait.is_zero() {
            return self;
        }
        self.opened_with(|opening| opening.queued += wait)
    }

    fn opened_with(mut self, change: impl FnOnce(&mut Opening)) -> Self {
        if self.is_watched() {
            let mut opening = self.opening.as_deref().cloned().unwrap_or_default();
            change(&mut opening);
            self.opening = Some(Arc::new(opening));
        }
        self
    }

    /// Calls a step with a complete input and returns its complete output.
    ///
    /// See [`RunContext::child`] for an example.
    ///
    /// # Errors
    ///
    /// Returns the error of the step.
    #[inline]
    pub fn invoke<'s, R: Runnable>(
        self,
        step: &'s R,
        input: R::Input,
    ) -> impl Future<Output = Result<R::Output>> + Send + use<'s, R> {
        let (budget, apart) = (self.cx.outer_budget(), segment::begins(self.cx.depth()));
        self.invoke_in(step, input, budget, apart, false)
    }

    /// Calls a step as [`invoke`](Self::invoke) does, and converts a panic of the step to an error
    /// of kind [`Panic`](crate::ErrorKind::Panic).
    ///
    /// Use it in a step that calls other steps side by side, if a panic of one of them must not
    /// affect the others. After a panic, the call is dropped.
    ///
    /// # Errors
    ///
    /// Returns the error of the step, or the error of its panic.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::{ChildPosition, prelude::*};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// # std::panic::set_hook(Box::new(|_| ()));
    /// let step = async_lambda(|n: u64, cx: RunContext| async move {
    ///     let half = lambda(|n: u64| 100 / n);
    ///     let result = cx.child(ChildPosition::Untagged).invoke_caught(&half, n).await;
    ///     Ok(result.unwrap_or_default())
    /// });
    /// assert_eq!(step.invoke(4u64).await?, 25);
    /// assert_eq!(step.invoke(0u64).await?, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn invoke_caught<R: Runnable>(
        self,
        step: &R,
        input: R::Input,
    ) -> impl Future<Output = Result<R::Output>> + Send {
        let depth = self.cx.depth();
        let leave = move |panic: Error| panic.leave(depth, || step.info().name, None);
        caught(move || self.invoke(step, input), leave)
    }

    /// Invokes a step for a caller that yields nothing before the call has ended, and that polls
    /// the call in each of its own polls.
    ///
    /// Such a call does not have to be a node, which can be polled independently, because polling
    /// the node of the caller also polls the call.
    #[inline]
    pub(crate) fn invoke_inline<'s, R: Runnable>(
        self,
        step: &'s R,
        input: R::Input,
    ) -> impl Future<Output = Result<R::Output>> + Send + use<'s, R> {
        let apart = segment::begins(self.cx.depth());
        self.invoke_in(step, input, None, apart, false)
    }

    /// Invokes a step for a run that calls its steps one after another and does no work itself.
    /// Apart from the lease, this is the same as [`invoke_inline`](Self::invoke_inline).
    ///
    /// The steps share the lease of the run. A step that starts a segment gets its own lease,
    /// because a segment is polled independently of the run.
    #[inline]
    pub(crate) fn invoke_next<'s, R: Runnable>(
        self,
        step: &'s R,
        input: R::Input,
    ) -> impl Future<Output = Result<R::Output>> + Send + use<'s, R> {
        let (apart, shares) = (segment::begins(self.cx.depth()), self.cx.shares_lease());
        self.invoke_in(step, input, None, apart, shares)
    }

    /// Invokes a step as a node, which can be polled while its caller does not poll the call. The
    /// `bounds` end the call in that case, too.
    pub(crate) fn invoke_node<R: Runnable>(
        self,
        budget: &Budget,
        step: R,
        input: R::Input,
        bounds: Option<Arc<Bounds>>,
    ) -> BoxFuture<'static, Result<R::Output>> {
        let Self { cx, place, opening } = self;
        let call = |lease| {
            let (cx, clock) = cx.clone().leased(lease).timed(bounds.as_deref());
            async move {
                let call = Scope { cx: &cx, place, opening }.invoke_inline(&step, input);
                Bounds::future(bounds.as_deref(), clock, call, Passed::by_call).await
            }
            .boxed()
        };
        Handle::new(budget, cx.lease(), call).boxed()
    }

    /// Invokes a step in a new segment, which is polled from a shallow stack. This function is not
    /// inlined, because few calls need it.
    #[cold]
    #[inline(never)]
    fn invoke_apart<R: Runnable>(
        self,
        step: &R,
        input: R::Input,
    ) -> BoxFuture<'static, Result<R::Output>> {
        let (cx, place, opening) = (self.cx.clone(), self.place, self.opening);
        let step = step.clone();
        segment::apart(async move {
            Scope { cx: &cx, place, opening }.invoke_in(&step, input, None, false, false).await
        })
    }

    /// Invokes a step. If there is a budget, the call is a node. Otherwise, if `apart` is set, the
    /// call is made in a new segment.
    #[inline]
    fn invoke_in<'s, R: Runnable>(
        self,
        step: &'s R,
        input: R::Input,
        budget: Option<&Budget>,
        apart: bool,
        shares: bool,
    ) -> impl Future<Output = Result<R::Output>> + Send + use<'s, R> {
        if let Some(budget) = budget {
            return self.invoke_node(budget, step.clone(), input, None).right_future();
        }
        let (cx, is_run) = match self.layer(step) {
            Some(cx) if segment::begins(cx.layers()) => {
                return layer_apart(step, input, cx).right_future();
            }
            Some(cx) => (cx, false),
            None if apart => return self.invoke_apart(step, input).right_future(),
            None if self.is_watched() => return self.watched(step, input).right_future(),
            None => (self.cx.inside_unwatched(), true),
        };
        let (depth, opening) = (self.cx.depth(), self.opening);
        let start = move |cx| step.run(input, cx);
        let leave = move |error: Error| {
            if !is_run {
                return error;
            }
            let name = opening.as_ref().and_then(|opening| opening.name.clone());
            error.leave(depth, || step.info().called(name), None)
        };
        UnwatchedInvoke::new(cx, is_run && !shares, start, leave).left_future()
    }

    /// Invokes a step whose run is observed.
    ///
    /// The future is boxed, so that the futures of unobserved calls, which are the common case,
    /// stay small.
    fn watched<R: Runnable>(self, step: &R, input: R::Input) -> BoxFuture<'_, Result<R::Output>> {
        let (cx, guard) = self.open(step);
        WatchedInvoke::run(step, input, cx, guard, self.cx.depth()).boxed()
    }

    /// Calls a step with a complete input and returns a stream of output chunks.
    ///
    /// # Errors
    ///
    /// An error of the step is the last item of the stream.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::{ChildPosition, prelude::*};
    ///
    /// /// Streams the output of a step unchanged.
    /// #[derive(Clone)]
    /// struct Forward<R>(R);
    ///
    /// impl<R: Runnable> Runnable for Forward<R> {
    ///     type Input = R::Input;
    ///     type Output = R::Output;
    ///
    ///     async fn run(&self, input: R::Input, cx: RunContext) -> Result<R::Output> {
    ///         cx.child(ChildPosition::Untagged).invoke(&self.0, input).await
    ///     }
    ///
    ///     fn run_stream(&self, input: R::Input, cx: RunContext) -> ChunkStream<R::Output> {
    ///         cx.child(ChildPosition::Untagged).stream(&self.0, input)
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let step = Forward(map_chunks(|text: String| text.to_uppercase()));
    /// assert_eq!(step.stream("hi").concat().await?, "HI");
    /// # Ok(())
    /// # }
    /// ```
    pub fn stream<R: Runnable>(self, step: &R, input: R::Input) -> ChunkStream<R::Output> {
        if let Some(cx) = self.layer(step) {
            return chunks_of_layer(step, cx, |step, cx| step.run_stream(input, cx));
        }
        self.scoped(step, Input::Complete(input))
    }

    /// Calls a step with a stream of input chunks and returns a stream of output chunks.
    ///
    /// # Errors
    ///
    /// An error of the input or of the step is the last item of the stream.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::{ChildPosition, InputStream, prelude::*};
    ///
    /// /// Passes chunks through a step unchanged.
    /// #[derive(Clone)]
    /// struct Forward<R>(R);
    ///
    /// impl<R: Runnable> Runnable for Forward<R> {
    ///     type Input = R::Input;
    ///     type Output = R::Output;
    ///
    ///     async fn run(&self, input: R::Input, cx: RunContext) -> Result<R::Output> {
    ///         cx.child(ChildPosition::Untagged).invoke(&self.0, input).await
    ///     }
    ///
    ///     fn run_transform(
    ///         &self,
    ///         input: InputStream<R::Input>,
    ///         cx: RunContext,
    ///     ) -> ChunkStream<R::Output> {
    ///         cx.child(ChildPosition::Untagged).transform(&self.0, input.into_chunks())
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let step = Forward(map_chunks(|text: String| text.to_uppercase()));
    /// let chunks = futures::stream::iter(["h", "i"].map(|text| Ok(text.to_owned())));
    /// assert_eq!(step.transform(chunks).concat().await?, "HI");
    /// # Ok(())
    /// # }
    /// ```
    pub fn transform<R: Runnable>(
        self,
        step: &R,
        input: ChunkStream<R::Input>,
    ) -> ChunkStream<R::Output> {
        if let Some(cx) = self.layer(step) {
            return chunks_of_layer(step, cx, |step, cx| step.run_transform(input.into(), cx));
        }
        self.scoped(step, Input::Chunks(input))
    }

    fn scoped<R: Runnable>(self, step: &R, input: Input<R>) -> ChunkStream<R::Output> {
        let depth = self.cx.depth();
        let (cx, guard) = if self.is_watched() {
            let (cx, guard) = self.open(step);
            (cx, Some(guard))
        } else {
            (self.cx.inside_unwatched(), None)
        };
        let (step, opening, apart) = (step.clone(), self.opening, segment::begins(depth));
        let Some(budget) = self.cx.budget() else {
            let stream = StreamedRun::new(step, input, cx, guard, depth, opening);
            return if apart {
                ChunkStream::new(Segment::new(stream))
            } else {
                ChunkStream::new(stream)
            };
        };
        // A stream is a node, which can be polled independently, because its reader may hold it
        // without polling it.
        let run = |lease| {
            let cx = cx.clone().leased(lease);
            // The stream is boxed, so that the code of a node is compiled once for each output type
            // and not for each step.
            let run = StreamedRun::new(step, input, cx, guard, depth, opening);
            Chunks(ChunkStream::<R::Output>::new(run))
        };
        let handle = Handle::new(budget, cx.lease(), run);
        if apart { ChunkStream::new(Segment::new(handle)) } else { ChunkStream::new(handle) }
    }

    /// Returns the context for a step that does not get its own run at this position: a transparent
    /// step, or a sequence inside a sequence.
    #[inline]
    fn layer<R: Runnable>(&self, step: &R) -> Option<RunContext> {
        match (step.runs(), &self.place) {
            (Runs::Transparent, place) => {
                Some(self.cx.handing_on(place.clone(), self.opening.clone()))
            }
            // A transparent step passes on only one position. The steps of a sequence that it calls
            // need several positions, so that sequence gets its own run.
            (Runs::Flat(_), ChildPosition::SequenceStep(number))
                if self.opening.is_none() && self.cx.frame() != Frame::HandedOn =>
            {
                Some(self.cx.counted_on(number.saturating_sub(1)))
            }
            (Runs::Own | Runs::Flat(_), _) => None,
        }
    }

    #[inline]
    fn is_watched(&self) -> bool {
        self.cx.is_watched() || self.opening.as_deref().is_some_and(Opening::is_hooked)
    }

    /// Opens the observed run of a step, and returns the context of the run and the guard that ends
    /// the run.
    fn open<R: Runnable>(&self, step: &R) -> (RunContext, RunGuard<R::Output>) {
        open(self.cx, &self.place, self.opening.as_deref(), step.info())
    }
}
