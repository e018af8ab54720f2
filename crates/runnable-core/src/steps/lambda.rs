//! [`Lambda`]: a step that is made from a function.

use std::{any, fmt, marker::PhantomData, panic::Location};

use super::name::info_of;
use crate::{Chunked, Result, RunContext, Runnable, StepInfo};

/// Creates a step from a function that cannot fail and does not wait.
///
/// Use [`try_lambda`](super::try_lambda) if the function returns a `Result`, and
/// [`async_lambda`](super::async_lambda) if it is async.
///
/// # Examples
///
/// ```
/// use runnable_core::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let length = lambda(|text: String| text.len());
///
/// assert_eq!(length.invoke("four").await?, 4);
/// # Ok(())
/// # }
/// ```
#[doc(alias = "RunnableLambda")]
#[track_caller]
pub fn lambda<F, I, O>(f: F) -> Lambda<F, I, O>
where
    F: Fn(I) -> O + Clone + Send + Sync + 'static,
    I: Chunked,
    O: Chunked,
{
    Lambda { f, source: Location::caller(), signature: PhantomData }
}

/// A step that is made from a function. Created by [`lambda`].
#[doc(alias = "RunnableLambda")]
#[must_use = "a chain does nothing until it is run"]
pub struct Lambda<F, I, O> {
    f: F,
    source: &'static Location<'static>,
    signature: PhantomData<fn(I) -> O>,
}

impl<F, I, O> Runnable for Lambda<F, I, O>
where
    F: Fn(I) -> O + Clone + Send + Sync + 'static,
    I: Chunked,
    O: Chunked,
{
    type Input = I;
    type Output = O;

    async fn run(&self, input: I, _: RunContext) -> Result<O> {
        Ok((self.f)(input))
    }

    fn info(&self) -> StepInfo {
        info_of::<F>("RunnableLambda", self.source)
    }
}

impl<F: Clone, I, O> Clone for Lambda<F, I, O> {
    fn clone(&self) -> Self {
        Self { f: self.f.clone(), source: self.source, signature: PhantomData }
    }
}

impl<F, I, O> fmt::Debug for Lambda<F, I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Lambda").field(&any::type_name::<F>()).finish()
    }
}
