//! [`Sequence`]: a step followed by another step.

use std::any::Any;

use futures_util::FutureExt;

use crate::{
    ChunkStream, InputStream, Result, RunContext, Runnable, Runs, Scope, StepInfo, Structure,
    protocol::{graph_of::push_flat, links::Links},
};

/// A sequence of steps. Each step receives the output of the step before it.
///
/// Created by [`RunnableExt::pipe`](crate::RunnableExt::pipe). Chunks pass through the steps as
/// they arrive. A step that can process chunks starts with the first chunk, and a step that needs
/// its complete input waits for it.
///
/// A sequence is flat, however its parts are nested: its run has one child run per step, tagged
/// `seq:step:1`, `seq:step:2` and so on.
///
/// # Long chains
///
/// The compiler rejects the type of a chain of more than about 60 steps with “recursion limit while
/// instantiating”. Erase the type of the chain every 50 steps with
/// [`into_dyn`](crate::RunnableExt::into_dyn), or after each step in a loop. An erased chain can
/// have thousands of steps: it is a flat list, and uses no more stack than a single step.
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

    /// Returns the scope of the first step. The number of the step is counted from the start of the
    /// outermost sequence.
    #[inline]
    fn first_scope<'a>(&self, cx: &'a RunContext) -> Scope<'a> {
        Scope::of_step(cx, cx.preceding() + 1)
    }

    /// Returns the scope of the second step. The number is counted from the start of the outermost
    /// sequence.
    #[inline]
    fn second_scope<'a>(&self, cx: &'a RunContext) -> Scope<'a> {
        Scope::of_step(cx, cx.preceding() + 1 + self.first.runs().width())
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
        // Box the future. Otherwise a long chain produces a type so deeply nested that rustc
        // reaches its recursion limit.
        async move {
            let holders = cx.lease_holders();
            let between = self.first_scope(&cx).invoke_next(&self.first, input).await?;
            if cx.lease_holders() != holders {
                cx = cx.without_lease();
            }
            cx.regain_permit().await;
            self.second_scope(&cx).invoke_next(&self.second, passed_on(between)).await
        }
        .boxed()
    }

    fn run_stream(&self, input: A::Input, cx: RunContext) -> ChunkStream<B::Output> {
        let between = self.first_scope(&cx).stream(&self.first, input);
        self.second_scope(&cx).transform(&self.second, passed_on(between))
    }

    fn run_transform(
        &self,
        input: InputStream<A::Input>,
        cx: RunContext,
    ) -> ChunkStream<B::Output> {
        let input = input.into_chunks();
        let between = self.first_scope(&cx).transform(&self.first, input);
        self.second_scope(&cx).transform(&self.second, passed_on(between))
    }

    fn info(&self) -> StepInfo {
        StepInfo::new("RunnableSequence")
    }

    fn structure(&self) -> Structure {
        let mut steps = Vec::new();
        push_flat(&self.first, &mut steps);
        push_flat(&self.second, &mut steps);
        Structure::Sequence(steps)
    }

    // Nested pairs call this function for each other. If it is inlined, the result is a constant.
    #[inline]
    fn runs(&self) -> Runs {
        Runs::Flat(self.first.runs().width() + self.second.runs().width())
    }

    /// Returns one flat list if a part of this sequence is an erased chain.
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

/// Converts the output of a step to the input of the next step. `T` and `U` are the same type,
/// because [`Sequence::new`] requires it.
///
/// The conversion compares the types at run time. The alternative is a bound `B: Runnable<Input =
/// A::Output>` on every `impl`. With the bound, the compiler would report steps that do not match
/// at each call of the chain, and not only at its `pipe`. The comparison costs nothing, because the
/// compiler knows its result.
fn passed_on<T: 'static, U: 'static>(between: T) -> U {
    let mut between = Some(between);
    let input = (&mut between as &mut dyn Any).downcast_mut::<Option<U>>();
    input
        .and_then(Option::take)
        .expect("`pipe` requires that the input type is the output type of the previous step")
}
