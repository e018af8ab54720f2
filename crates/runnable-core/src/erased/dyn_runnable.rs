//! [`DynRunnable`]: a step whose type is erased.

use std::{
    any::{self, Any},
    fmt,
    marker::PhantomData,
    mem,
    sync::Arc,
};

use futures_util::{FutureExt, future::BoxFuture};

use super::{deep_drop, erased_chain::ErasedChain};
use crate::{
    ChunkStream, Chunked, Error, ErrorKind, InputStream, Result, RunContext, Runnable, Runs,
    StepInfo, Structure,
    protocol::links::{Link, Links},
};

/// Any step with input `I` and output `O`. Created by
/// [`RunnableExt::into_dyn`](crate::RunnableExt::into_dyn).
///
/// Use it to name a chain in a struct field, to choose a step at run time, or to store steps of
/// different types in one collection. A call costs one more allocation than a call of the original
/// step. Its runs and events are the same as those of the original step. A chain that is built with
/// `chain.pipe(step).into_dyn()` is a flat list of its steps, and can have any length.
///
/// # Examples
///
/// ```
/// use runnable_core::prelude::*;
///
/// struct Assistant {
///     chain: DynRunnable<String, String>,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let chain = lambda(|question: String| format!("What is {question}?"));
/// let assistant = Assistant { chain: chain.into_dyn() };
/// assert_eq!(assistant.chain.invoke("love").await?, "What is love?");
/// # Ok(())
/// # }
/// ```
pub struct DynRunnable<I, O> {
    step: Arc<dyn ErasedRunnable<I, O>>,
    /// The steps of the chain. `None` if this is not a chain of erased steps.
    links: Option<Arc<Links>>,
    type_name: &'static str,
}

impl<I: Chunked, O: Chunked> DynRunnable<I, O> {
    /// Erases the type of `step`.
    ///
    /// A step whose type is already erased is returned unchanged. A chain that contains an erased
    /// part becomes a flat list of steps, however its parts are nested.
    pub fn new(step: impl Runnable<Input = I, Output = O>) -> Self {
        let type_name = any::type_name_of_val(&step);
        let mut step = Some(step);
        let erased = (&mut step as &mut dyn Any).downcast_mut::<Option<Self>>();
        if let Some(erased) = erased.and_then(Option::take) {
            return erased;
        }
        match step.map(Runnable::into_links) {
            Some(Err(step)) => Self { step: Arc::new(Erased::new(step)), links: None, type_name },
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

    async fn run(&self, input: I, cx: RunContext) -> Result<O> {
        self.step.run(input, cx).await
    }

    fn run_stream(&self, input: I, cx: RunContext) -> ChunkStream<O> {
        self.step.run_stream(input, cx)
    }

    fn run_transform(&self, input: InputStream<I>, cx: RunContext) -> ChunkStream<O> {
        self.step.run_transform(input, cx)
    }

    fn info(&self) -> StepInfo {
        self.step.info()
    }

    fn structure(&self) -> Structure {
        self.step.structure()
    }

    fn runs(&self) -> Runs {
        self.step.runs()
    }

    fn into_links(mut self) -> Result<Links, Self> {
        Ok(match self.links.take() {
            Some(links) => {
                // The step also holds a reference to the links, so drop the step first.
                drop(self);
                Arc::unwrap_or_clone(links)
            }
            None => Links::one(Arc::clone(&self.step) as _),
        })
    }
}

/// Drops nested steps one after another. Otherwise, each step would be dropped inside the drop of
/// its outer step, which uses stack for each level.
impl<I, O> Drop for DynRunnable<I, O> {
    fn drop(&mut self) {
        if Arc::strong_count(&self.step) == 1 {
            let taken = self.step.taken();
            let step = mem::replace(&mut self.step, taken);
            step.drop_in_turn();
        }
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

/// A step and its cached information.
///
/// A wrapper asks its inner step for this information. Without the cache, nested wrappers would
/// each ask the next step again, and use stack for each level.
#[derive(Clone)]
struct Erased<R> {
    step: R,
    info: StepInfo,
    runs: Runs,
}

impl<R: Runnable> Erased<R> {
    fn new(step: R) -> Self {
        Self { info: step.info(), runs: step.runs(), step }
    }
}

#[deny(clippy::missing_trait_methods)]
impl<R: Runnable> Runnable for Erased<R> {
    type Input = R::Input;
    type Output = R::Output;

    #[inline]
    fn run(
        &self,
        input: R::Input,
        cx: RunContext,
    ) -> impl Future<Output = Result<R::Output>> + Send {
        self.step.run(input, cx)
    }

    fn run_stream(&self, input: R::Input, cx: RunContext) -> ChunkStream<R::Output> {
        self.step.run_stream(input, cx)
    }

    fn run_transform(
        &self,
        input: InputStream<R::Input>,
        cx: RunContext,
    ) -> ChunkStream<R::Output> {
        self.step.run_transform(input, cx)
    }

    fn info(&self) -> StepInfo {
        self.info.clone()
    }

    fn structure(&self) -> Structure {
        self.step.structure()
    }

    fn runs(&self) -> Runs {
        self.runs
    }

    fn into_links(self) -> Result<Links, Self> {
        Err(self)
    }
}

/// The methods of [`Runnable`] with boxed futures, so that this trait is dyn compatible.
trait ErasedRunnable<I, O>: Link {
    fn run(&self, input: I, cx: RunContext) -> BoxFuture<'_, Result<O>>;
    fn run_stream(&self, input: I, cx: RunContext) -> ChunkStream<O>
    where
        O: Chunked;
    fn run_transform(&self, input: InputStream<I>, cx: RunContext) -> ChunkStream<O>
    where
        I: Chunked,
        O: Chunked;
    fn info(&self) -> StepInfo;
    fn structure(&self) -> Structure;
    fn runs(&self) -> Runs;
    /// Returns a placeholder, which replaces a step that is moved out to be dropped.
    fn taken(&self) -> Arc<dyn ErasedRunnable<I, O>>;
    fn drop_in_turn(self: Arc<Self>);
}

impl<R: Runnable> ErasedRunnable<R::Input, R::Output> for R {
    fn run(&self, input: R::Input, cx: RunContext) -> BoxFuture<'_, Result<R::Output>> {
        Runnable::run(self, input, cx).boxed()
    }

    fn run_stream(&self, input: R::Input, cx: RunContext) -> ChunkStream<R::Output> {
        Runnable::run_stream(self, input, cx)
    }

    fn run_transform(
        &self,
        input: InputStream<R::Input>,
        cx: RunContext,
    ) -> ChunkStream<R::Output> {
        Runnable::run_transform(self, input, cx)
    }

    fn info(&self) -> StepInfo {
        Runnable::info(self)
    }

    fn structure(&self) -> Structure {
        Runnable::structure(self)
    }

    fn runs(&self) -> Runs {
        Runnable::runs(self)
    }

    fn taken(&self) -> Arc<dyn ErasedRunnable<R::Input, R::Output>> {
        Arc::new(Taken { signature: PhantomData })
    }

    fn drop_in_turn(self: Arc<Self>) {
        deep_drop::drop_in_turn(self);
    }
}

/// A placeholder that takes the place of a step while the step is dropped. It is never called.
struct Taken<I, O> {
    signature: PhantomData<fn(I) -> O>,
}

impl<I: Chunked, O: Chunked> Runnable for Taken<I, O> {
    type Input = I;
    type Output = O;

    async fn run(&self, _: I, _: RunContext) -> Result<O> {
        Err(Error::new(ErrorKind::Cancelled, "the step was dropped"))
    }
}

impl<I, O> Clone for Taken<I, O> {
    fn clone(&self) -> Self {
        Self { signature: PhantomData }
    }
}
