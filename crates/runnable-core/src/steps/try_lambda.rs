//! [`TryLambda`]: a step that is made from a function that can fail.

use std::{any, fmt, marker::PhantomData, panic::Location};

use super::name::info_of;
use crate::{BoxError, Chunked, Error, Result, RunContext, Runnable, StepInfo};

/// Creates a step from a function that returns a `Result`, with any type of error.
///
/// # Errors
///
/// An [`Error`] is returned unchanged. Any other error is converted with [`Error::other`].
///
/// # Examples
///
/// ```
/// use runnable_core::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let number = try_lambda(|text: String| text.trim().parse::<f64>());
/// let positive = try_lambda(|n: f64| if n > 0.0 { Ok(n) } else { Err("not positive") });
/// let chain = number.pipe(positive);
///
/// assert_eq!(chain.invoke("7").await?, 7.0);
/// assert_eq!(chain.invoke("-7").await.unwrap_err().message(), "not positive");
/// # Ok(())
/// # }
/// ```
#[doc(alias = "RunnableLambda")]
#[track_caller]
pub fn try_lambda<F, I, O, E>(f: F) -> TryLambda<F, I, O, E>
where
    F: Fn(I) -> Result<O, E> + Clone + Send + Sync + 'static,
    I: Chunked,
    O: Chunked,
    E: Into<BoxError> + 'static,
{
    TryLambda { f, source: Location::caller(), signature: PhantomData }
}

/// A step that is made from a function that can fail. Created by [`try_lambda`].
#[doc(alias = "RunnableLambda")]
#[must_use = "a chain does nothing until it is run"]
#[allow(clippy::type_complexity, reason = "the type is only a marker")]
pub struct TryLambda<F, I, O, E> {
    f: F,
    source: &'static Location<'static>,
    signature: PhantomData<fn(I) -> Result<O, E>>,
}

impl<F, I, O, E> Runnable for TryLambda<F, I, O, E>
where
    F: Fn(I) -> Result<O, E> + Clone + Send + Sync + 'static,
    I: Chunked,
    O: Chunked,
    E: Into<BoxError> + 'static,
{
    type Input = I;
    type Output = O;

    async fn run(&self, input: I, _: RunContext) -> Result<O> {
        (self.f)(input).map_err(Error::other)
    }

    fn info(&self) -> StepInfo {
        info_of::<F>("RunnableLambda", self.source)
    }
}

impl<F: Clone, I, O, E> Clone for TryLambda<F, I, O, E> {
    fn clone(&self) -> Self {
        Self { f: self.f.clone(), source: self.source, signature: PhantomData }
    }
}

impl<F, I, O, E> fmt::Debug for TryLambda<F, I, O, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TryLambda").field(&any::type_name::<F>()).finish()
    }
}
