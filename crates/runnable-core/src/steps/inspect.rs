//! A step that looks on.

use std::{any, fmt, marker::PhantomData, panic::Location};

use futures_util::stream;

use crate::{ChunkStream, Chunked, Result, RunContext, Runnable, StepInfo, chunk::merge};

/// Makes a step whose output is its input, and that shows the whole of it to a function.
///
/// Chunks pass through as they come; the function is called when the last one has.
///
/// ```
/// use runnable_core::inspect;
///
/// let logged = inspect(|answer: &String| println!("{} letters", answer.len()));
/// ```
#[track_caller]
#[doc(alias = "tap")]
pub fn inspect<F, T>(f: F) -> Inspect<F, T>
where
    F: Fn(&T) + Clone + Send + Sync + 'static,
    T: Chunked,
{
    Inspect { f, source: Location::caller(), value: PhantomData }
}

/// A step that looks on. Made by [`inspect`].
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

    fn run_transform(&self, input: ChunkStream<T>, _: RunContext) -> ChunkStream<T> {
        let state = (self.f.clone(), input, None);
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
