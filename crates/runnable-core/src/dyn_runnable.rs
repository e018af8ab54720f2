//! A step whose type is erased.

use std::{any, fmt, sync::Arc};

use futures_util::{FutureExt, future::BoxFuture};

use crate::{ChunkStream, Chunked, Context, Result, Runnable, StepInfo, Structure};

/// Any step from `I` to `O`, behind one pointer. Made by
/// [`RunnableExt::into_dyn`](crate::RunnableExt::into_dyn).
///
/// Use it to name a chain's type in a struct, to pick a step at run time, or to keep steps of
/// different types in one collection. A call costs one more allocation than on the step itself;
/// its runs and events are those of the step.
///
/// ```
/// use runnable_core::prelude::*;
///
/// struct Assistant {
///     chain: DynRunnable<String, String>,
/// }
///
/// let chain = lambda(|question: String| format!("What is {question}?"));
/// let assistant = Assistant { chain: chain.into_dyn() };
/// ```
pub struct DynRunnable<I, O> {
    step: Arc<dyn ErasedRunnable<I, O>>,
    type_name: &'static str,
}

impl<I: Chunked, O: Chunked> DynRunnable<I, O> {
    /// Erases the type of `step`.
    pub fn new(step: impl Runnable<Input = I, Output = O>) -> Self {
        Self { type_name: any::type_name_of_val(&step), step: Arc::new(step) }
    }
}

#[deny(clippy::missing_trait_methods)]
impl<I: Chunked, O: Chunked> Runnable for DynRunnable<I, O> {
    type Input = I;
    type Output = O;

    async fn run(&self, input: I, cx: Context) -> Result<O> {
        self.step.run(input, cx).await
    }

    fn run_stream(&self, input: I, cx: Context) -> ChunkStream<O> {
        self.step.run_stream(input, cx)
    }

    fn run_transform(&self, input: ChunkStream<I>, cx: Context) -> ChunkStream<O> {
        self.step.run_transform(input, cx)
    }

    fn info(&self) -> StepInfo {
        self.step.info()
    }

    fn structure(&self) -> Structure {
        self.step.structure()
    }

    fn steps(&self) -> usize {
        self.step.steps()
    }
}

impl<I, O> Clone for DynRunnable<I, O> {
    fn clone(&self) -> Self {
        Self { step: Arc::clone(&self.step), type_name: self.type_name }
    }
}

impl<I, O> fmt::Debug for DynRunnable<I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DynRunnable").field(&self.type_name).finish()
    }
}

/// [`Runnable`] with a boxed future, which makes it dyn-compatible.
trait ErasedRunnable<I: Chunked, O: Chunked>: Send + Sync {
    fn run(&self, input: I, cx: Context) -> BoxFuture<'_, Result<O>>;
    fn run_stream(&self, input: I, cx: Context) -> ChunkStream<O>;
    fn run_transform(&self, input: ChunkStream<I>, cx: Context) -> ChunkStream<O>;
    fn info(&self) -> StepInfo;
    fn structure(&self) -> Structure;
    fn steps(&self) -> usize;
}

impl<R: Runnable> ErasedRunnable<R::Input, R::Output> for R {
    fn run(&self, input: R::Input, cx: Context) -> BoxFuture<'_, Result<R::Output>> {
        Runnable::run(self, input, cx).boxed()
    }

    fn run_stream(&self, input: R::Input, cx: Context) -> ChunkStream<R::Output> {
        Runnable::run_stream(self, input, cx)
    }

    fn run_transform(&self, input: ChunkStream<R::Input>, cx: Context) -> ChunkStream<R::Output> {
        Runnable::run_transform(self, input, cx)
    }

    fn info(&self) -> StepInfo {
        Runnable::info(self)
    }

    fn structure(&self) -> Structure {
        Runnable::structure(self)
    }

    fn steps(&self) -> usize {
        Runnable::steps(self)
    }
}
