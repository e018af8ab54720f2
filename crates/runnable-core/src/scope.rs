//! The run scope: the one way in which a step is called.

use std::{borrow::Cow, sync::Arc};

use futures_util::{
    StreamExt,
    future::{BoxFuture, FutureExt},
    stream,
};

use crate::{
    ChunkStream, Error, Result, RunContext, Runnable,
    budget::Budget,
    calls::{Bounds, Passed},
    context::Pending,
    guard::RunGuard,
    live_run::LiveRun,
    node::{Chunks, Handle},
    opened::Opening,
    scoped_call::ScopedCall,
    scoped_future::ScopedFuture,
    scoped_stream::{Input, ScopedStream},
    segment::{self, Segment},
};

/// The position of a step within its parent run.
///
/// Every position except `Untagged` adds a tag to the run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChildPosition {
    /// No specific position, and no tag.
    #[default]
    Untagged,
    /// A step of a sequence, counted from 1, with the tag `seq:step:1`.
    ///
    /// An unnamed sequence at this position has no run of its own: its steps become steps of the
    /// sequence around it.
    SequenceStep(usize),
    /// A branch of a parallel, with a tag such as `map:key:context`.
    ParallelKey(Cow<'static, str>),
    /// A position with a custom tag.
    Tag(Cow<'static, str>),
}

impl ChildPosition {
    fn tag(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Untagged => None,
            Self::SequenceStep(number) => Some(format!("seq:step:{number}").into()),
            Self::ParallelKey(key) => Some(format!("map:key:{key}").into()),
            Self::Tag(tag) => Some(tag.clone()),
        }
    }
}

/// A position in a run at which a step can be called. Created by [`RunContext::child`].
///
/// The called step gets a run of its own, with one start, any number of chunks, and one end. If the
/// step fails, its name is added to the path of the error. If the run is not observed and the call
/// has no limit, `invoke` allocates nothing, and `stream` and `transform` allocate one boxed
/// stream.
#[derive(Debug)]
#[must_use = "a scope does nothing until a step is called in it"]
pub struct Scope<'a> {
    cx: &'a RunContext,
    place: ChildPosition,
    /// What holds for this one run, if anything does.
    opening: Option<Arc<Opening>>,
}

impl<'a> Scope<'a> {
    #[inline]
    pub(crate) fn new(cx: &'a RunContext, place: ChildPosition) -> Self {
        match (&place, cx.pending()) {
            (ChildPosition::Untagged, Some(pending)) => {
                let Pending { place, opening, .. } = pending.clone();
                Self { cx, place, opening }
            }
            _ => Self { cx, place, opening: None },
        }
    }

    pub(crate) fn root(cx: &'a RunContext, opening: Option<Arc<Opening>>) -> Self {
        Self { cx, place: ChildPosition::Untagged, opening }
    }

    /// The same for an item of a list, if a listener sees it.
    pub(crate) fn item(self, index: usize) -> Self {
        self.opened_with(|opening| opening.index = Some(index))
    }

    /// The same for an attempt, counted from 1, if a listener sees it.
    pub(crate) fn attempt(self, number: u32) -> Self {
        self.opened_with(|opening| opening.attempt = Some(number))
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

    /// [`invoke`](Self::invoke) for a caller that polls the call whenever it is polled itself, and
    /// yields nothing before its end: such a call needs no node, since the node of the caller is
    /// polled in its place.
    #[inline]
    pub(crate) fn invoke_inline<'s, R: Runnable>(
        self,
        step: &'s R,
        input: R::Input,
    ) -> impl Future<Output = Result<R::Output>> + Send + use<'s, R> {
        let apart = segment::begins(self.cx.depth());
        self.invoke_in(step, input, None, apart, false)
    }

    /// [`invoke_inline`](Self::invoke_inline) for a run that calls its steps one after the other,
    /// and does no work of its own. Its steps share what it has of the budget, except in a segment
    /// of their own, which is polled apart from the run.
    #[inline]
    pub(crate) fn invoke_next<'s, R: Runnable>(
        self,
        step: &'s R,
        input: R::Input,
    ) -> impl Future<Output = Result<R::Output>> + Send + use<'s, R> {
        let (apart, shares) = (segment::begins(self.cx.depth()), self.cx.shares_lease());
        self.invoke_in(step, input, None, apart, shares)
    }

    /// Invokes a step as a node, which others can poll if the caller leaves the call alone. The
    /// bounds end it then, too.
    pub(crate) fn invoke_node<R: Runnable>(
        self,
        budget: &Budget,
        step: R,
        input: R::Input,
        bounds: Option<Arc<Bounds>>,
    ) -> BoxFuture<'static, Result<R::Output>> {
        let Self { cx, place, opening } = self;
        let call = |cx: RunContext| {
            async move {
                let call = Scope { cx: &cx, place, opening }.invoke_inline(&step, input);
                Bounds::future(bounds.as_deref(), call, Passed::by_call).await
            }
            .boxed()
        };
        Handle::new(cx, budget, call).boxed()
    }

    /// Invokes a step in a segment of its own. Rare, and kept out of the code of all other calls.
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

    /// A call: as a node if there is a budget, else in a segment of its own if it begins one.
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
        let (cx, is_run) = match self.handed_on(step) {
            Some(cx) if segment::begins(cx.layers()) => {
                return layer_apart(step, input, cx).right_future();
            }
            Some(cx) => (cx, false),
            None if apart => return self.invoke_apart(step, input).right_future(),
            None if self.is_watched() => return self.watched(step, input).right_future(),
            None => (self.cx.deeper(), true),
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
        ScopedCall::new(cx, is_run && !shares, start, leave).left_future()
    }

    /// Invokes a step that somebody watches. Apart and erased, so that the future of any other
    /// call, which is most of them, stays small.
    fn watched<R: Runnable>(self, step: &R, input: R::Input) -> BoxFuture<'_, Result<R::Output>> {
        let (cx, guard) = self.open(step);
        ScopedFuture::run(step, input, cx, guard, self.cx.depth()).boxed()
    }

    /// Calls a step with a complete input and returns a stream of output chunks.
    pub fn stream<R: Runnable>(self, step: &R, input: R::Input) -> ChunkStream<R::Output> {
        if let Some(cx) = self.handed_on(step) {
            return chunks_of_layer(step, cx, |step, cx| step.run_stream(input, cx));
        }
        self.scoped(step, Input::Whole(input))
    }

    /// Calls a step with a stream of input chunks and returns a stream of output chunks.
    pub fn transform<R: Runnable>(
        self,
        step: &R,
        input: ChunkStream<R::Input>,
    ) -> ChunkStream<R::Output> {
        if let Some(cx) = self.handed_on(step) {
            return chunks_of_layer(step, cx, |step, cx| step.run_transform(input, cx));
        }
        self.scoped(step, Input::Chunks(input))
    }

    fn scoped<R: Runnable>(self, step: &R, input: Input<R>) -> ChunkStream<R::Output> {
        let depth = self.cx.depth();
        let (cx, guard) = if self.is_watched() {
            let (cx, guard) = self.open(step);
            (cx, Some(guard))
        } else {
            (self.cx.deeper(), None)
        };
        let (step, opening, apart) = (step.clone(), self.opening, segment::begins(depth));
        let Some(budget) = self.cx.budget() else {
            let stream = ScopedStream::new(step, input, cx, guard, depth, opening);
            return match apart {
                false => ChunkStream::new(stream),
                true => ChunkStream::new(Segment::new(stream)),
            };
        };
        // A stream may lie unread, so it is a node.
        let run = |cx| Chunks(ScopedStream::new(step, input, cx, guard, depth, opening));
        let handle = Handle::new(&cx, budget, run);
        match apart {
            false => ChunkStream::new(handle),
            true => ChunkStream::new(Segment::new(handle)),
        }
    }

    /// The context for a step that is no run of its own here: one that never is, or a sequence
    /// inside a sequence. What it calls, it calls from this place.
    #[inline]
    fn handed_on<R: Runnable>(&self, step: &R) -> Option<RunContext> {
        match (step.steps(), &self.place) {
            (1, _) => None,
            (0, _) => {
                // There is an opening even if it says nothing: a sequence that is called by such a
                // step is not flat, which has but one place here.
                let opening = Some(self.opening.clone().unwrap_or_default());
                Some(self.cx.handed_on(self.place.clone(), opening))
            }
            (_, ChildPosition::SequenceStep(number)) if self.opening.is_none() => {
                Some(self.cx.counted_on(number.saturating_sub(1)))
            }
            _ => None,
        }
    }

    #[inline]
    fn is_watched(&self) -> bool {
        let hooked = || self.opening.as_deref().is_some_and(|opening| !opening.hooks.is_empty());
        self.cx.is_watched() || hooked()
    }

    /// Opens the run of a step that somebody watches.
    fn open<R: Runnable>(&self, step: &R) -> (RunContext, RunGuard<R::Output>) {
        let opening = self.opening.as_deref();
        let live = LiveRun::open(self.cx, self.place.tag(), opening, step.info());
        (self.cx.inside(live.clone()), RunGuard::new(live))
    }
}

/// Invokes a step that is not a run, or one that such a step hands its context on to, in a segment
/// of its own.
#[cold]
#[inline(never)]
pub(crate) fn layer_apart<R: Runnable>(
    step: &R,
    input: R::Input,
    cx: RunContext,
) -> BoxFuture<'static, Result<R::Output>> {
    let step = step.clone();
    segment::apart(async move { step.run(input, cx).await })
}

/// The chunks of such a step, in a segment of their own if it begins one. The step is then called
/// when it is polled, since wrappers would take stack also where they only make their streams.
pub(crate) fn chunks_of_layer<R: Runnable>(
    step: &R,
    cx: RunContext,
    call: impl FnOnce(&R, RunContext) -> ChunkStream<R::Output> + Send + 'static,
) -> ChunkStream<R::Output> {
    if !segment::begins(cx.layers()) {
        return call(step, cx);
    }
    let step = step.clone();
    let chunks = stream::once(async move { call(&step, cx) }).flatten();
    ChunkStream::new(Segment::new(chunks))
}
