//! One step after another.

use std::any::Any;

use futures_util::FutureExt;

use crate::{
    ChildPosition, ChunkStream, Graph, Result, RunContext, Runnable, RunnableExt, StepInfo,
    Structure, links::Links,
};

/// Steps in a row. Made by [`RunnableExt::pipe`](crate::RunnableExt::pipe).
///
/// Chunks flow through the steps as they come: a step that can begin before its input has ended
/// does, one that needs the whole waits for it. The run of a sequence holds one run for each step,
/// tagged `seq:step:1`, `seq:step:2`, …: however the pairs nest, it is flat.
///
/// # Long chains
///
/// A chain of more than about 60 steps has a type that the compiler refuses: “recursion limit while
/// instantiating”. Erase the type of what there is every 50 steps, by
/// [`into_dyn`](crate::RunnableExt::into_dyn), or after each step in a loop. An erased chain may have
/// thousands of steps: it is one list of them, and takes no more stack than one step.
///
/// ```
/// use runnable_core::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let add_one = || lambda(|n: u64| n + 1);
/// let mut chain = add_one().into_dyn();
/// for _ in 1..3_000 {
///     chain = chain.pipe(add_one()).into_dyn();
/// }
/// assert_eq!(chain.invoke(0u64).await?, 3_000);
/// # Ok(())
/// # }
/// ```
#[doc(alias = "RunnableSequence")]
#[derive(Clone, Debug)]
#[must_use = "a chain does nothing until it is run"]
pub struct Sequence<A: Runnable, B: Runnable> {
    first: A,
    second: B,
}

impl<A: Runnable, B: Runnable> Sequence<A, B> {
    pub(crate) fn new(first: A, second: B) -> Self
    where
        B: Runnable<Input = A::Output>,
    {
        Self { first, second }
    }

    /// Where the first stands. A step is counted from the beginning of the outermost sequence.
    fn first_place(&self, cx: &RunContext) -> ChildPosition {
        ChildPosition::SequenceStep(cx.preceding() + 1)
    }

    fn second_place(&self, cx: &RunContext) -> ChildPosition {
        ChildPosition::SequenceStep(cx.preceding() + 1 + width(&self.first))
    }
}

#[deny(clippy::missing_trait_methods)]
impl<A: Runnable, B: Runnable> Runnable for Sequence<A, B> {
    type Input = A::Input;
    type Output = B::Output;

    fn run(
        &self,
        input: A::Input,
        mut cx: RunContext,
    ) -> impl Future<Output = Result<B::Output>> + Send {
        // Erased, or a long chain would nest futures deeper than rustc can follow.
        async move {
            let holders = cx.lease_holders();
            let between = cx.child(self.first_place(&cx)).invoke_next(&self.first, input).await?;
            if cx.lease_holders() != holders {
                cx = cx.without_lease();
            }
            cx.child(self.second_place(&cx)).invoke_next(&self.second, passed_on(between)).await
        }
        .boxed()
    }

    fn run_stream(&self, input: A::Input, cx: RunContext) -> ChunkStream<B::Output> {
        let between = cx.child(self.first_place(&cx)).stream(&self.first, input);
        cx.child(self.second_place(&cx)).transform(&self.second, passed_on(between))
    }

    fn run_transform(
        &self,
        input: ChunkStream<A::Input>,
        cx: RunContext,
    ) -> ChunkStream<B::Output> {
        let between = cx.child(self.first_place(&cx)).transform(&self.first, input);
        cx.child(self.second_place(&cx)).transform(&self.second, passed_on(between))
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

    /// A chain of which a part is erased is one list of steps.
    fn into_links(self) -> Result<Links, Self> {
        let Self { first, second } = self;
        match (first.into_links(), second) {
            (Ok(links), second) => Ok(links.then(second)),
            (Err(first), second) => match second.into_links() {
                Ok(links) => Ok(links.after(first)),
                Err(second) => Err(Self { first, second }),
            },
        }
    }
}

/// What one step gives, as what the next step takes. Both are of one type, as [`Sequence::new`] was shown.
///
/// It looks at the types instead of asking for their equality wherever a sequence is used. So the
/// compiler reports a wrong pairing once, at its `pipe`, and not again at each call of the chain. The look
/// costs nothing, since the compiler knows the outcome.
fn passed_on<T: 'static, U: 'static>(between: T) -> U {
    let mut between = Some(between);
    let passed_on = (&mut between as &mut dyn Any).downcast_mut::<Option<U>>();
    passed_on
        .and_then(Option::take)
        .expect("`pipe` takes a step whose input is the output before it")
}

/// How many places a step takes in a sequence: also one that is no run of its own takes one.
pub(crate) fn width<R: Runnable>(step: &R) -> usize {
    step.steps().max(1)
}

/// An unnamed sequence is flat in the picture too.
pub(crate) fn push<R: Runnable>(step: &R, steps: &mut Vec<Graph>) {
    match step.structure() {
        Structure::Sequence(inner) if step.steps() > 1 => steps.extend(inner),
        _ => steps.push(step.graph()),
    }
}
