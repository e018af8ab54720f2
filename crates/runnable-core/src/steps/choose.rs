//! [`Choose`]: a step that is made from a function that returns a step.

use std::{any, fmt, marker::PhantomData, panic::Location};

use futures_util::FutureExt;

use super::name::info_of;
use crate::{ChildPosition, ChunkStream, Chunked, Result, RunContext, Runnable, StepInfo};

/// Creates a step from a function that receives the input and returns the step to run on it.
///
/// The returned step streams its output. It can itself return another step, up to the
/// [`recursion_limit`](crate::RunConfig::recursion_limit) of the call. The stack does not grow with
/// the number of steps that return steps, so a limit of thousands is possible. If the function
/// returns steps of different types, convert them with [`into_dyn`](crate::RunnableExt::into_dyn).
///
/// # Errors
///
/// Returns [`ErrorKind::RecursionLimit`](crate::ErrorKind::RecursionLimit) if the limit is
/// exceeded.
///
/// # Examples
///
/// ```
/// use runnable_core::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let shout = lambda(|text: String| text.to_uppercase()).into_dyn();
/// let whisper = lambda(|text: String| text.to_lowercase()).into_dyn();
/// let reply = choose(move |text: &String| match text.ends_with('!') {
///     true => shout.clone(),
///     false => whisper.clone(),
/// });
///
/// assert_eq!(reply.invoke("Hello!").await?, "HELLO!");
/// assert_eq!(reply.invoke("Hello").await?, "hello");
/// # Ok(())
/// # }
/// ```
#[doc(alias = "RunnableLambda")]
#[track_caller]
pub fn choose<F, I, R>(f: F) -> Choose<F, I>
where
    F: Fn(&I) -> R + Clone + Send + Sync + 'static,
    I: Chunked,
    R: Runnable<Input = I>,
{
    Choose { f, source: Location::caller(), input: PhantomData }
}

/// A step that is made from a function that returns a step. Created by [`choose`].
#[doc(alias = "RunnableLambda")]
#[must_use = "a chain does nothing until it is run"]
pub struct Choose<F, I> {
    f: F,
    source: &'static Location<'static>,
    input: PhantomData<fn(I)>,
}

impl<F, I, R> Runnable for Choose<F, I>
where
    F: Fn(&I) -> R + Clone + Send + Sync + 'static,
    I: Chunked,
    R: Runnable<Input = I>,
{
    type Input = I;
    type Output = R::Output;

    async fn run(&self, input: I, cx: RunContext) -> Result<R::Output> {
        let cx = cx.recursing()?;
        let step = (self.f)(&input);
        // Box the future, because the returned step can return steps to any depth.
        cx.child(ChildPosition::Untagged).invoke_inline(&step, input).boxed().await
    }

    fn run_stream(&self, input: I, cx: RunContext) -> ChunkStream<R::Output> {
        match cx.recursing() {
            Ok(cx) => cx.child(ChildPosition::Untagged).stream(&(self.f)(&input), input),
            Err(error) => ChunkStream::error(error),
        }
    }

    fn info(&self) -> StepInfo {
        info_of::<F>("RunnableLambda", self.source)
    }
}

impl<F: Clone, I> Clone for Choose<F, I> {
    fn clone(&self) -> Self {
        Self { f: self.f.clone(), source: self.source, input: PhantomData }
    }
}

impl<F, I> fmt::Debug for Choose<F, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Choose").field(&any::type_name::<F>()).finish()
    }
}
