//! [`Passthrough`]: a step whose output is its input.

use std::{fmt, marker::PhantomData};

use crate::{ChunkStream, Chunked, InputStream, Result, RunContext, Runnable, StepInfo};

/// Creates a step whose output is its input, chunk by chunk.
///
/// In a [`parallel`](crate::parallel()), this step keeps the input, so that later steps can use it.
///
/// # Examples
///
/// ```
/// use runnable_core::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let with_length = parallel((passthrough(), lambda(|text: String| text.len())));
///
/// assert_eq!(with_length.invoke("four").await?, ("four".to_owned(), 4));
/// # Ok(())
/// # }
/// ```
#[doc(alias = "RunnablePassthrough")]
pub fn passthrough<T: Chunked>() -> Passthrough<T> {
    Passthrough { value: PhantomData }
}

/// A step whose output is its input. Created by [`passthrough`].
#[doc(alias = "RunnablePassthrough")]
#[must_use = "a chain does nothing until it is run"]
pub struct Passthrough<T> {
    value: PhantomData<fn(T) -> T>,
}

impl<T: Chunked> Runnable for Passthrough<T> {
    type Input = T;
    type Output = T;

    async fn run(&self, input: T, _: RunContext) -> Result<T> {
        Ok(input)
    }

    fn run_transform(&self, input: InputStream<T>, _: RunContext) -> ChunkStream<T> {
        input.into_chunks()
    }

    fn info(&self) -> StepInfo {
        StepInfo::new("RunnablePassthrough")
    }
}

impl<T> Clone for Passthrough<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Passthrough<T> {}

impl<T> fmt::Debug for Passthrough<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passthrough")
    }
}
