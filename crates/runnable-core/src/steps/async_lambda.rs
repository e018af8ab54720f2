//! [`AsyncLambda`]: a step that is made from an async function.

use std::{any, fmt, marker::PhantomData, panic::Location};

use super::name::info_of;
use crate::{Chunked, Result, RunContext, Runnable, StepInfo};

/// Creates a step from an async function.
///
/// The function receives the input, and the [`RunContext`] of its run. Pass the context to calls of
/// other steps, so that the runs of these steps become children of this run. Convert errors of
/// other crates with [`map_err(Error::other)`](crate::Error::other).
///
/// # Examples
///
/// ```
/// use runnable_core::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// async fn look_up(word: String, _: RunContext) -> Result<String> {
///     Ok(format!("{word}: a word"))
/// }
///
/// let by_name = async_lambda(look_up);
/// let by_closure = async_lambda(|word: String, _| async move { Ok(format!("{word}: a word")) });
///
/// assert_eq!(by_name.invoke("sea").await?, "sea: a word");
/// assert_eq!(by_closure.invoke("sea").await?, "sea: a word");
/// # Ok(())
/// # }
/// ```
#[doc(alias = "RunnableLambda")]
#[track_caller]
pub fn async_lambda<F, I, Fut, O>(f: F) -> AsyncLambda<F, I>
where
    F: Fn(I, RunContext) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<O>> + Send,
    I: Chunked,
    O: Chunked,
{
    AsyncLambda { f, source: Location::caller(), input: PhantomData }
}

/// A step that is made from an async function. Created by [`async_lambda`].
#[doc(alias = "RunnableLambda")]
#[must_use = "a chain does nothing until it is run"]
pub struct AsyncLambda<F, I> {
    f: F,
    source: &'static Location<'static>,
    input: PhantomData<fn(I)>,
}

impl<F, I, Fut, O> Runnable for AsyncLambda<F, I>
where
    F: Fn(I, RunContext) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<O>> + Send,
    I: Chunked,
    O: Chunked,
{
    type Input = I;
    type Output = O;

    async fn run(&self, input: I, cx: RunContext) -> Result<O> {
        (self.f)(input, cx).await
    }

    fn info(&self) -> StepInfo {
        info_of::<F>("RunnableLambda", self.source)
    }
}

impl<F: Clone, I> Clone for AsyncLambda<F, I> {
    fn clone(&self) -> Self {
        Self { f: self.f.clone(), source: self.source, input: PhantomData }
    }
}

impl<F, I> fmt::Debug for AsyncLambda<F, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AsyncLambda").field(&any::type_name::<F>()).finish()
    }
}
