//! One step after another.

use futures_util::FutureExt;

use crate::{
    ChunkStream, Context, Graph, Place, Result, Runnable, RunnableExt, StepInfo, Structure,
};

/// Steps in a row. Made by [`RunnableExt::pipe`](crate::RunnableExt::pipe).
///
/// Chunks flow through the steps as they come: a step that can begin before its input has ended
/// does, one that needs the whole waits for it. The run of a sequence holds one run for each step,
/// tagged `seq:step:1`, `seq:step:2`, …: however the pairs nest, it is flat.
#[derive(Clone, Debug)]
#[must_use = "a chain does nothing until it is run"]
pub struct Sequence<A, B> {
    first: A,
    second: B,
}

impl<A: Runnable, B: Runnable> Sequence<A, B> {
    pub(crate) fn new(first: A, second: B) -> Self {
        Self { first, second }
    }

    /// Where the first stands. A step is counted from the beginning of the outermost sequence.
    fn first_place(&self, cx: &Context) -> Place {
        Place::Step(cx.preceding() + 1)
    }

    fn second_place(&self, cx: &Context) -> Place {
        Place::Step(cx.preceding() + 1 + width(&self.first))
    }
}

impl<A, B: Runnable> Sequence<A, B> {
    /// Feeds this chain's output to `next`: [`RunnableExt::pipe`](crate::RunnableExt::pipe).
    ///
    /// It stands here too because it asks less of the chain. So a wrong pairing is told once, where
    /// it is, and not again at every `pipe` that follows.
    pub fn pipe<R>(self, next: R) -> Sequence<Self, R>
    where
        R: Runnable<Input = B::Output>,
    {
        Sequence { first: self, second: next }
    }
}

#[deny(clippy::missing_trait_methods)]
impl<A, B> Runnable for Sequence<A, B>
where
    A: Runnable,
    B: Runnable<Input = A::Output>,
{
    type Input = A::Input;
    type Output = B::Output;

    fn run(&self, input: A::Input, cx: Context) -> impl Future<Output = Result<B::Output>> + Send {
        // Erased, or a long chain would nest futures deeper than rustc can follow.
        async move {
            let between = cx.at(self.first_place(&cx)).invoke_inline(&self.first, input).await?;
            cx.at(self.second_place(&cx)).invoke_inline(&self.second, between).await
        }
        .boxed()
    }

    fn run_stream(&self, input: A::Input, cx: Context) -> ChunkStream<B::Output> {
        let between = cx.at(self.first_place(&cx)).stream(&self.first, input);
        cx.at(self.second_place(&cx)).transform(&self.second, between)
    }

    fn run_transform(&self, input: ChunkStream<A::Input>, cx: Context) -> ChunkStream<B::Output> {
        let between = cx.at(self.first_place(&cx)).transform(&self.first, input);
        cx.at(self.second_place(&cx)).transform(&self.second, between)
    }

    fn info(&self) -> StepInfo {
        StepInfo::new("RunnableSequence")
    }

    fn structure(&self) -> Structure {
        let mut steps = Vec::new();
        push(&self.first, &mut steps);
        push(&self.second, &mut steps);
        Structure::Sequence(steps)
    }

    fn steps(&self) -> usize {
        width(&self.first) + width(&self.second)
    }
}

/// How many places a step takes in a sequence: also one that is no run of its own takes one.
fn width<R: Runnable>(step: &R) -> usize {
    step.steps().max(1)
}

/// An unnamed sequence is flat in the picture too.
fn push<R: Runnable>(step: &R, steps: &mut Vec<Graph>) {
    match step.structure() {
        Structure::Sequence(inner) if step.steps() > 1 => steps.extend(inner),
        _ => steps.push(step.graph()),
    }
}
