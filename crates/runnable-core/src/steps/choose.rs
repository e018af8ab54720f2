//! A step made of a function that returns a step.

use std::{any, fmt, marker::PhantomData, panic::Location};

use futures_util::FutureExt;

use super::name::info_of;
use crate::{ChildPosition, ChunkStream, Chunked, Result, RunContext, Runnable, StepInfo};

/// Makes a step of a function that looks at the input and returns the step to run on it. That step
/// streams, and may itself return a step, up to the call's
/// [`recursion_limit`](crate::RunConfig::recursion_limit). The stack does not grow with the depth, so a
/// call may allow thousands.
///
/// Steps of different types become one by [`into_dyn`](crate::RunnableExt::into_dyn).
///
/// ```
/// use runnable_core::prelude::*;
///
/// let shout = lambda(|text: String| text.to_uppercase()).into_dyn();
/// let whisper = lambda(|text: String| text.to_lowercase()).into_dyn();
/// let reply = choose(move |text: &String| match text.ends_with('!') {
///     true => shout.clone(),
///     false => whisper.clone(),
/// });
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

/// A step made of a function that returns a step. Made by [`choose`].
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
        // Erased, since the step may be of any depth.
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
