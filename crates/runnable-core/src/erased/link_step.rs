//! The implementation of [`Link`] for every step.

use std::{any::Any, sync::Arc};

use futures_util::future::{BoxFuture, FutureExt};

use crate::{
    ChildPosition, ChunkStream, Error, ErrorKind, Graph, Links, Result, RunContext, Runnable,
    poll::segment::Segment,
    protocol::{
        graph_of::push_flat,
        links::{AnyStream, AnyValue, Link},
    },
};

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
        self.runs().width()
    }

    fn graph(&self, steps: &mut Vec<Graph>) {
        push_flat(self, steps);
    }
}

/// Converts an erased value back to its type. The type matches, because `pipe` only joins steps
/// whose types match.
pub(crate) fn typed<T: 'static>(value: Box<dyn Any + Send>) -> Result<T> {
    let unfit =
        |_| Error::new(ErrorKind::Other, "the types of the steps of an erased chain do not match");
    value.downcast::<T>().map(|value| *value).map_err(unfit)
}

impl Links {
    /// Creates a list of steps. If `step` is an erased chain, the list has the steps of the chain;
    /// otherwise it has only `step`.
    fn of<R: Runnable>(step: R) -> Self {
        step.into_links().unwrap_or_else(|step| Self::one(Arc::new(step)))
    }

    /// Appends the steps of `next` to these steps.
    pub(crate) fn then<R: Runnable>(self, next: R) -> Self {
        self.joined(Self::of(next))
    }

    /// Puts `first`, whose type is not erased, before these steps.
    pub(crate) fn after<R: Runnable>(self, first: R) -> Self {
        Self::one(Arc::new(first)).joined(self)
    }
}
