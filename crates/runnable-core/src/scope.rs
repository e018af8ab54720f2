//! The run scope: the one way in which a step is called.

use std::{borrow::Cow, sync::Arc};

use futures_util::{FutureExt, TryFutureExt, future::BoxFuture};

use crate::{
    ChunkStream, Context, Error, Result, Runnable,
    budget::Lease,
    config::Opening,
    context::Pending,
    guard::RunGuard,
    live_run::LiveRun,
    scoped_call::{Call, Input},
    scoped_stream::ScopedStream,
};

/// Where in the run around it a step is called. Each place has its tag.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Place {
    /// Anywhere: no tag.
    #[default]
    Anywhere,
    /// A step of a sequence, counted from 1: `seq:step:1`. An unnamed sequence in such a place is
    /// not a run of its own: its steps become steps of the sequence around it.
    Step(usize),
    /// A branch of a parallel: `map:key:context`.
    Key(Cow<'static, str>),
    /// A place with a tag of its own.
    Tag(Cow<'static, str>),
}

impl Place {
    fn tag(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Anywhere => None,
            Self::Step(number) => Some(format!("seq:step:{number}").into()),
            Self::Key(key) => Some(format!("map:key:{key}").into()),
            Self::Tag(tag) => Some(tag.clone()),
        }
    }
}

/// A place from which to call a step. Made by [`Context::at`].
///
/// The step gets a run of its own, with its start, its chunks and its one end; an error gets the
/// step's name. With nobody listening, that is all it does, and it allocates nothing.
#[derive(Debug)]
#[must_use = "a scope does nothing until a step is called in it"]
pub struct Scope<'a> {
    cx: &'a Context,
    place: Place,
    /// What holds for this one run, if anything does.
    opening: Option<Arc<Opening>>,
}

impl<'a> Scope<'a> {
    #[inline]
    pub(crate) fn new(cx: &'a Context, place: Place) -> Self {
        match (&place, cx.pending()) {
            (Place::Anywhere, Some(pending)) => {
                let Pending { place, opening } = pending.clone();
                Self { cx, place, opening }
            }
            _ => Self { cx, place, opening: None },
        }
    }

    pub(crate) fn root(cx: &'a Context, opening: Option<Opening>) -> Self {
        Self { cx, place: Place::Anywhere, opening: opening.map(Arc::new) }
    }

    /// Runs a step on a whole input.
    ///
    /// # Errors
    ///
    /// The step's own.
    #[inline]
    pub fn invoke<'s, R: Runnable>(
        self,
        step: &'s R,
        input: R::Input,
    ) -> impl Future<Output = Result<R::Output>> + Send + use<'s, R> {
        // Adapters rather than an async block, which would hold the input twice.
        if let Some(cx) = self.handed_on(step) {
            return step.run(input, cx).left_future().left_future();
        }
        if self.is_watched() || self.cx.budget().is_some() {
            return self.supervised(step, input).right_future();
        }
        let depth = self.cx.depth();
        let opening = self.opening;
        let leave = move |error: Error| {
            let name = opening.and_then(|opening| opening.name.clone());
            error.leave(depth, || name.unwrap_or_else(|| step.info().name), None)
        };
        step.run(input, self.cx.deeper()).map_err(leave).right_future().left_future()
    }

    /// Runs a step on a whole input, giving the output as it grows.
    pub fn stream<R: Runnable>(self, step: &R, input: R::Input) -> ChunkStream<R::Output> {
        if let Some(cx) = self.handed_on(step) {
            return step.run_stream(input, cx);
        }
        self.scoped(step, Input::Whole(input))
    }

    /// Runs a step on an input that is still growing.
    pub fn transform<R: Runnable>(
        self,
        step: &R,
        input: ChunkStream<R::Input>,
    ) -> ChunkStream<R::Output> {
        if let Some(cx) = self.handed_on(step) {
            return step.run_transform(input, cx);
        }
        self.scoped(step, Input::Chunks(input))
    }

    fn scoped<R: Runnable>(self, step: &R, input: Input<R>) -> ChunkStream<R::Output> {
        let (budget, outer) = (self.cx.budget().cloned(), self.cx.lease().cloned());
        let has_whole = matches!(input, Input::Whole(_));
        let (call, step) = (self.open(step, input), step.clone());
        match budget {
            None => ChunkStream::new(ScopedStream::new(step, call, None)),
            Some(budget) if has_whole => {
                let held = Lease::enter(budget, outer);
                let stream = held.map(|held| ScopedStream::new(step, call, Some(held)));
                ChunkStream::new(stream.boxed().flatten_stream())
            }
            Some(budget) => {
                let held = Lease::streaming(budget, outer);
                ChunkStream::new(ScopedStream::new(step, call, Some(held)))
            }
        }
    }

    /// Invokes a step that somebody watches, or that a budget bounds. Apart and erased, so that the
    /// future of any other call, which is most of them, stays small.
    fn supervised<R: Runnable>(
        self,
        step: &R,
        input: R::Input,
    ) -> BoxFuture<'_, Result<R::Output>> {
        let (budget, outer) = (self.cx.budget().cloned(), self.cx.lease().cloned());
        let call = self.open(step, input);
        async move {
            let held = match budget {
                Some(budget) => Some(Lease::enter(budget, outer).await),
                None => None,
            };
            call.invoke(step, held).await
        }
        .boxed()
    }

    /// Opens the run of a step, if somebody watches.
    fn open<R: Runnable, I>(self, step: &R, input: I) -> Call<R, I> {
        let (cx, guard) = match self.watch(step) {
            Some((cx, guard)) => (cx, Some(guard)),
            None => (self.cx.deeper(), None),
        };
        let name = self.opening.and_then(|opening| opening.name.clone());
        Call { input, cx, guard, depth: self.cx.depth(), name }
    }

    /// The context for a step that is no run of its own here: one that never is, or a sequence
    /// inside a sequence. What it calls, it calls from this place.
    #[inline]
    fn handed_on<R: Runnable>(&self, step: &R) -> Option<Context> {
        match (step.steps(), &self.place) {
            (1, _) => None,
            (0, _) => {
                // There is an opening even if it says nothing: a sequence that is called by such a
                // step is not flat, which has but one place here.
                let opening = Some(self.opening.clone().unwrap_or_default());
                Some(self.cx.handed_on(Pending { place: self.place.clone(), opening }))
            }
            (_, Place::Step(number)) if self.opening.is_none() => {
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

    #[inline]
    fn watch<R: Runnable>(&self, step: &R) -> Option<(Context, RunGuard<R::Output>)> {
        if !self.is_watched() {
            return None;
        }
        let opening = self.opening.as_deref();
        let live = LiveRun::open(self.cx, self.place.tag(), opening, step.info());
        Some((self.cx.inside(live.clone()), RunGuard::new(live)))
    }
}
