//! [`ErasedChain`]: a flat list of steps with erased types.

use std::{fmt, marker::PhantomData, sync::Arc};

use super::link_step::typed;
use crate::{
    ChildPosition, ChunkStream, Chunked, InputStream, Result, RunContext, Runnable, Runs, StepInfo,
    Structure,
    protocol::links::{AnyStream, Link, Links},
};

/// The number of steps after which a stream starts a new [`segment`](crate::poll::segment), which
/// is polled separately so that the stack does not grow with the length of the chain.
const STEPS: usize = 16;

/// A sequence as a flat list of steps. The first step has the input `I`, and the last has the
/// output `O`.
///
/// Its runs and events are the same as the runs and events of a
/// [`Sequence`](crate::combinators::Sequence).
pub(crate) struct ErasedChain<I, O> {
    links: Arc<Links>,
    signature: PhantomData<fn(I) -> O>,
}

impl<I: Chunked, O: Chunked> ErasedChain<I, O> {
    /// Creates a chain. The input type of the first step must be `I`, and the output type of the
    /// last step must be `O`.
    pub(crate) fn new(links: Arc<Links>) -> Self {
        Self { links, signature: PhantomData }
    }

    /// Returns the steps and their positions. The positions are counted from the start of the
    /// outermost sequence.
    fn steps_from<'a>(
        &'a self,
        cx: &RunContext,
    ) -> impl Iterator<Item = (&'a dyn Link, ChildPosition)> + use<'a, I, O> {
        let before = cx.preceding();
        self.links.iter().scan(before, |before, link| {
            let place = ChildPosition::SequenceStep(*before + 1);
            *before += link.width();
            Some((&**link, place))
        })
    }

    /// Passes the output of the first step through the other steps, and returns the last output.
    fn fed(
        &self,
        cx: &RunContext,
        first: impl FnOnce(&dyn Link, ChildPosition) -> Result<AnyStream>,
    ) -> Result<ChunkStream<O>> {
        let mut steps = self.steps_from(cx);
        let Some((step, place)) = steps.next() else {
            return Ok(ChunkStream::new(futures_util::stream::empty()));
        };
        let mut output = first(step, place)?;
        for (number, (step, place)) in (2..).zip(steps) {
            output = step.transform(output, cx, place)?;
            if number % STEPS == 0 {
                output = step.apart(output)?;
            }
        }
        typed(output)
    }
}

#[deny(clippy::missing_trait_methods)]
impl<I: Chunked, O: Chunked> Runnable for ErasedChain<I, O> {
    type Input = I;
    type Output = O;

    async fn run(&self, input: I, mut cx: RunContext) -> Result<O> {
        let mut value = Box::new(input) as _;
        let mut holders = cx.lease_holders();
        for (step, place) in self.steps_from(&cx) {
            cx.regain_permit().await;
            value = step.invoke(value, &cx, place).await?;
            // The step has left behind a value that can still make calls. That value keeps the
            // lease, so the following steps get new leases.
            if cx.lease_holders() != holders {
                cx = cx.without_lease();
                holders = cx.lease_holders();
            }
        }
        typed(value)
    }

    fn run_stream(&self, input: I, cx: RunContext) -> ChunkStream<O> {
        let stream = self.fed(&cx, |step, place| step.stream(Box::new(input), &cx, place));
        stream.unwrap_or_else(ChunkStream::error)
    }

    fn run_transform(&self, input: InputStream<I>, cx: RunContext) -> ChunkStream<O> {
        let stream =
            self.fed(&cx, |step, place| step.transform(Box::new(input.into_chunks()), &cx, place));
        stream.unwrap_or_else(ChunkStream::error)
    }

    fn info(&self) -> StepInfo {
        StepInfo::new("RunnableSequence")
    }

    fn structure(&self) -> Structure {
        let mut steps = Vec::new();
        self.links.iter().for_each(|link| link.graph(&mut steps));
        Structure::Sequence(steps)
    }

    fn runs(&self) -> Runs {
        Runs::Flat(self.links.width())
    }

    fn into_links(self) -> Result<Links, Self> {
        Ok(Arc::unwrap_or_clone(self.links))
    }
}

impl<I, O> Clone for ErasedChain<I, O> {
    fn clone(&self) -> Self {
        Self { links: Arc::clone(&self.links), signature: PhantomData }
    }
}

impl<I, O> fmt::Debug for ErasedChain<I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ErasedChain").field(&self.links).finish()
    }
}
