//! [`MapChunks`]: a step that is made from a function on chunks.

use std::{any, fmt, marker::PhantomData, panic::Location};

use super::name::info_of;
use crate::{Chunk, ChunkStream, Chunked, InputStream, Result, RunContext, Runnable, StepInfo};

/// Creates a step from a function that is called with each chunk as it arrives.
///
/// The function must not depend on chunk boundaries: mapping two chunks and merging the results
/// must equal mapping the merged chunks. Otherwise, use a [`generator`](super::generator).
///
/// # Examples
///
/// ```
/// use runnable_core::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let shout = map_chunks(|text: String| text.to_uppercase());
///
/// assert_eq!(shout.invoke("hello").await?, "HELLO");
/// # Ok(())
/// # }
/// ```
#[doc(alias("RunnableGenerator", "transform"))]
#[track_caller]
pub fn map_chunks<F, C, D>(f: F) -> MapChunks<F, C, D>
where
    F: Fn(C) -> D + Clone + Send + Sync + 'static,
    C: Chunk,
    D: Chunk,
{
    MapChunks { f, source: Location::caller(), signature: PhantomData }
}

/// A step that is made from a function on chunks. Created by [`map_chunks`].
#[doc(alias = "RunnableGenerator")]
#[must_use = "a chain does nothing until it is run"]
pub struct MapChunks<F, C, D> {
    f: F,
    source: &'static Location<'static>,
    signature: PhantomData<fn(C) -> D>,
}

impl<F, C, D> Runnable for MapChunks<F, C, D>
where
    F: Fn(C) -> D + Clone + Send + Sync + 'static,
    C: Chunk,
    D: Chunk,
{
    type Input = C::Whole;
    type Output = D::Whole;

    async fn run(&self, input: C::Whole, _: RunContext) -> Result<D::Whole> {
        D::Whole::from_chunk((self.f)(input.into_chunk()))
    }

    fn run_stream(&self, input: C::Whole, cx: RunContext) -> ChunkStream<D::Whole> {
        self.run_transform(InputStream::once(input), cx)
    }

    fn run_transform(&self, input: InputStream<C::Whole>, _: RunContext) -> ChunkStream<D::Whole> {
        input.into_chunks().mapped(self.f.clone())
    }

    fn info(&self) -> StepInfo {
        info_of::<F>("RunnableGenerator", self.source)
    }
}

impl<F: Clone, C, D> Clone for MapChunks<F, C, D> {
    fn clone(&self) -> Self {
        Self { f: self.f.clone(), source: self.source, signature: PhantomData }
    }
}

impl<F, C, D> fmt::Debug for MapChunks<F, C, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MapChunks").field(&any::type_name::<F>()).finish()
    }
}
