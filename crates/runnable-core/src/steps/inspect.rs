//! [`Inspect`]: a step that calls a function with its input, and passes the input through.

use std::{any, fmt, marker::PhantomData, panic::Location};

use futures_util::stream;

use crate::{
    ChunkStream, Chunked, InputStream, Result, RunContext, Runnable, StepInfo, value::chunk::merge,
};

/// Creates a step that passes its input through and calls `f` with the complete value.
///
/// In a stream, chunks pass through as they arrive, and `f` is called after the last chunk. If the
/// stream fails, `f` is not called.
///
/// # Examples
///
/// ```
/// use std::sync::mpsc;
/// use runnable_core::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let (sender, lengths) = mpsc::channel();
/// let logged = inspect(move |answer: &String| sender.send(answer.len()).unwrap_or_default());
///
/// assert_eq!(logged.invoke("four").await?, "four");
/// assert_eq!(lengths.try_recv(), Ok(4));
/// # Ok(())
/// # }
/// ```
#[doc(alias("tap", "RunnablePassthrough", "with_listeners"))]
#[track_caller]
pub fn inspect<F, T>(f: F) -> Inspect<F, T>
where
    F: Fn(&T) + Clone + Send + Sync + 'static,
    T: Chunked,
{
    Inspect { f, source: Location::caller(), value: PhantomData }
}

/// A step that passes its input through and calls a function with the complete value.
///
/// Created by [`inspect`].
#[doc(alias = "RunnablePassthrough")]
#[must_use = "a chain does nothing until it is run"]
pub struct Inspect<F, T> {
    f: F,
    source: &'static Location<'static>,
    value: PhantomData<fn(T) -> T>,
}

impl<F, T> Runnable for Inspect<F, T>
where
    F: Fn(&T) + Clone + Send + Sync + 'static,
    T: Chunked,
{
    type Input = T;
    type Output = T;

    async fn run(&self, input: T, _: RunContext) -> Result<T> {
        (self.f)(&input);
        Ok(input)
    }

    fn run_transform(&self, input: InputStream<T>, _: RunContext) -> ChunkStream<T> {
        let state = (self.f.clone(), input.into_chunks(), None);
        ChunkStream::new(stream::try_unfold(state, |(f, mut input, mut merged)| async move {
            match input.next().await.transpose()? {
                Some(chunk) => {
                    merge(&mut merged, chunk.clone());
                    Ok(Some((chunk, (f, input, merged))))
                }
                None => {
                    f(&T::from_merged(merged)?);
                    Ok(None)
                }
            }
        }))
    }

    fn info(&self) -> StepInfo {
        StepInfo::new("RunnablePassthrough").source(self.source)
    }
}

impl<F: Clone, T> Clone for Inspect<F, T> {
    fn clone(&self) -> Self {
        Self { f: self.f.clone(), source: self.source, value: PhantomData }
    }
}

impl<F, T> fmt::Debug for Inspect<F, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Inspect").field(&any::type_name::<F>()).finish()
    }
}
