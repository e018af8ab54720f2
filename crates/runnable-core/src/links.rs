//! The steps of a chain, each with its type erased.

use std::{
    any::Any,
    collections::{VecDeque, vec_deque},
    sync::Arc,
};

use futures_util::future::{BoxFuture, FutureExt};

use crate::{
    ChildPosition, ChunkStream, Error, ErrorKind, Graph, Result, RunContext, Runnable,
    combinators::sequence::{push, width},
    segment::Segment,
};

/// A value of a type that the links on its either side agree on.
pub(crate) type AnyValue = Box<dyn Any + Send>;

/// A [`ChunkStream`] of such a type.
pub(crate) type AnyStream = Box<dyn Any + Send>;

/// A step whose type is erased, as are the types of its input and its output.
pub(crate) trait Link: Send + Sync {
    fn invoke<'a>(
        &'a self,
        input: AnyValue,
        cx: &'a RunContext,
        place: ChildPosition,
    ) -> BoxFuture<'a, Result<AnyValue>>;
    fn stream(&self, input: AnyValue, cx: &RunContext, place: ChildPosition) -> Result<AnyStream>;
    fn transform(
        &self,
        input: AnyStream,
        cx: &RunContext,
        place: ChildPosition,
    ) -> Result<AnyStream>;
    /// The same stream of the output, in a segment of its own.
    fn apart(&self, output: AnyStream) -> Result<AnyStream>;
    /// How many places it takes in a sequence.
    fn width(&self) -> usize;
    fn graph(&self, steps: &mut Vec<Graph>);
}

impl<R: Runnable> Link for R {
    fn invoke<'a>(
        &'a self,
        input: AnyValue,
        cx: &'a RunContext,
        place: ChildPosition,
    ) -> BoxFuture<'a, Result<AnyValue>> {
        async move {
            let input = typed::<R::Input>(input)?;
            let output = cx.child(place).invoke_next(self, input).await?;
            Ok(Box::new(output) as AnyValue)
        }
        .boxed()
    }

    fn stream(&self, input: AnyValue, cx: &RunContext, place: ChildPosition) -> Result<AnyStream> {
        Ok(Box::new(cx.child(place).stream(self, typed::<R::Input>(input)?)))
    }

    fn transform(
        &self,
        input: AnyStream,
        cx: &RunContext,
        place: ChildPosition,
    ) -> Result<AnyStream> {
        Ok(Box::new(cx.child(place).transform(self, typed::<ChunkStream<R::Input>>(input)?)))
    }

    fn apart(&self, output: AnyStream) -> Result<AnyStream> {
        let output = typed::<ChunkStream<R::Output>>(output)?;
        Ok(Box::new(ChunkStream::<R::Output>::new(Segment::new(output))))
    }

    fn width(&self) -> usize {
        width(self)
    }

    fn graph(&self, steps: &mut Vec<Graph>) {
        push(self, steps);
    }
}

/// Gives a value its type back. Steps are only joined where their types fit, so it has this type.
pub(crate) fn typed<T: 'static>(value: Box<dyn Any + Send>) -> Result<T> {
    let unfit = |_| Error::new(ErrorKind::Other, "the steps of an erased chain do not fit");
    value.downcast::<T>().map(|value| *value).map_err(unfit)
}

/// The steps of an erased chain, in order, each with its type erased.
///
/// Created by [`Runnable::into_links`]. A chain that is erased after each `pipe` is one flat list
/// of steps. Nested pairs would use stack for each step when they are called, displayed or dropped.
#[derive(Clone, Default)]
pub struct Links {
    links: VecDeque<Arc<dyn Link>>,
    width: usize,
}

impl Links {
    /// The list of one step.
    pub(crate) fn one(link: Arc<dyn Link>) -> Self {
        Self { width: link.width(), links: VecDeque::from([link]) }
    }

    /// The steps of a chain that is erased, or a step as the only one.
    fn of<R: Runnable>(step: R) -> Self {
        step.into_links().unwrap_or_else(|step| Self::one(Arc::new(step)))
    }

    /// These steps, and those of a step that follows.
    pub(crate) fn then<R: Runnable>(self, next: R) -> Self {
        self.joined(Self::of(next))
    }

    /// These steps, after a step that is not erased.
    pub(crate) fn after<R: Runnable>(self, first: R) -> Self {
        Self::one(Arc::new(first)).joined(self)
    }

    /// The shorter list is moved, so that a chain that grows at either end takes no longer the
    /// longer it is.
    fn joined(mut self, mut next: Self) -> Self {
        self.width += next.width;
        if self.links.len() >= next.links.len() {
            self.links.append(&mut next.links);
            return self;
        }
        while let Some(link) = self.links.pop_back() {
            next.links.push_front(link);
        }
        Self { links: next.links, width: self.width }
    }

    pub(crate) fn width(&self) -> usize {
        self.width
    }

    pub(crate) fn iter(&self) -> vec_deque::Iter<'_, Arc<dyn Link>> {
        self.links.iter()
    }
}

impl std::fmt::Debug for Links {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Links").field("len", &self.links.len()).finish_non_exhaustive()
    }
}
