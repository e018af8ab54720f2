//! A step whose type is erased.

use std::{
    any::{self, Any},
    fmt,
    sync::Arc,
};

use futures_util::{FutureExt, future::BoxFuture};

use crate::{
    ChunkStream, Chunked, Context, Result, Runnable, StepInfo, Structure,
    erased_chain::ErasedChain,
    links::{Link, Links},
};

/// Any step from `I` to `O`, behind one pointer. Made by
/// [`RunnableExt::into_dyn`](crate::RunnableExt::into_dyn).
///
/// Use it to name a chain's type in a struct, to pick a step at run time, or to keep steps of
/// different types in one collection. A call costs one more allocation than on the step itself;
/// its runs and events are those of the step. A chain that grows by `chain.pipe(step).into_dyn()` is one
/// list of its steps, and may be of any length.
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
    /// The steps, if it is a chain of erased steps.
    links: Option<Arc<Links>>,
    type_name: &'static str,
}

impl<I: Chunked, O: Chunked> DynRunnable<I, O> {
    /// Erases the type of `step`.
    ///
    /// One that is erased already stays as it is. A chain of which a part is erased becomes one list of
    /// steps, however the parts nest.
    pub fn new(step: impl Runnable<Input = I, Output = O>) -> Self {
        let type_name = any::type_name_of_val(&step);
        let mut step = Some(step);
        let erased = (&mut step as &mut dyn Any).downcast_mut::<Option<Self>>();
        if let Some(erased) = erased.and_then(Option::take) {
            return erased;
        }
        match step.map(Runnable::into_links) {
            Some(Err(step)) => Self { step: Arc::new(step), links: None, type_name },
            links => {
                let links = links.and_then(Result::ok).unwrap_or_default();
                let links = Arc::new(links);
                let step = Arc::new(ErasedChain::new(Arc::clone(&links)));
                Self { step, links: Some(links), type_name: any::type_name::<ErasedChain<I, O>>() }
            }
        }
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

    fn into_links(self) -> Result<Links, Self> {
        let Self { step, links, .. } = self;
        Ok(match links {
            Some(links) => {
                drop(step);
                Arc::unwrap_or_clone(links)
            }
            None => Links::one(step),
        })
    }
}

impl<I, O> Clone for DynRunnable<I, O> {
    fn clone(&self) -> Self {
        Self { step: Arc::clone(&self.step), links: self.links.clone(), type_name: self.type_name }
    }
}

impl<I, O> fmt::Debug for DynRunnable<I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DynRunnable").field(&self.type_name).finish()
    }
}

/// [`Runnable`] with a boxed future, which makes it dyn-compatible.
trait ErasedRunnable<I: Chunked, O: Chunked>: Link {
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
