//! [`Links`]: the steps of a chain, each with its type erased.

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

/// A value whose type the adjacent links agree on.
pub(crate) type AnyValue = Box<dyn Any + Send>;

/// A [`ChunkStream`] of such a value.
pub(crate) type AnyStream = Box<dyn Any + Send>;

/// A step whose type is erased, together with the types of its input and output.
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
    /// Returns the same output stream in a separate segment.
    fn apart(&self, output: AnyStream) -> Result<AnyStream>;
    /// Returns how many positions the step takes in a sequence.
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

/// Converts an erased value back to its type. The type matches, because `pipe` only joins steps
/// whose types match.
pub(crate) fn typed<T: 'static>(value: Box<dyn Any + Send>) -> Result<T> {
    let mismatch =
        |_| Error::new(ErrorKind::Other, "the types of the steps of an erased chain do not match");
    value.downcast::<T>().map(|value| *value).map_err(mismatch)
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
    /// Creates a list with one step.
    pub(crate) fn one(link: Arc<dyn Link>) -> Self {
        Self { width: link.width(), links: VecDeque::from([link]) }
    }

    /// Returns the steps of an erased chain, or a list with the step itself.
    fn of<R: Runnable>(step: R) -> Self {
        step.into_links().unwrap_or_else(|step| Self::one(Arc::new(step)))
    }

    /// Returns these steps, followed by the steps of `next`.
    pub(crate) fn then<R: Runnable>(self, next: R) -> Self {
        self.joined(Self::of(next))
    }

    /// Returns these steps after a step whose type is not erased.
    pub(crate) fn after<R: Runnable>(self, first: R) -> Self {
        Self::one(Arc::new(first)).joined(self)
    }

    /// Joins two lists.
    ///
    /// The shorter list is moved, so that extending a chain at either end takes the same time,
    /// however long the chain is.
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
