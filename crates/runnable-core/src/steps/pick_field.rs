//! [`pick!`](crate::pick!): a step that returns a field of a struct.

use std::fmt;

use futures_util::{StreamExt, future};

use crate::{Chunk, ChunkStream, Chunked, InputStream, Result, RunContext, Runnable, StepInfo};

/// Creates a step that returns one field of a struct.
///
/// The struct must derive [`Chunked`](derive@crate::Chunked). In a stream, chunks of the field are
/// passed on as they arrive.
///
/// # Examples
///
/// ```
/// use runnable_core::prelude::*;
/// use serde::Serialize;
///
/// #[derive(Clone, Debug, Serialize, Chunked)]
/// struct Answer {
///     title: String,
///     sources: Vec<String>,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let title = pick!(Answer.title).pipe(map_chunks(|title: String| title.to_uppercase()));
///
/// let answer = Answer { title: "the sea".into(), sources: vec![] };
/// assert_eq!(title.invoke(answer).await?, "THE SEA");
/// # Ok(())
/// # }
/// ```
#[doc(alias = "RunnablePick")]
#[macro_export]
macro_rules! pick {
    ($($Struct:ident)::+ . $field:ident) => {
        $crate::steps::PickField::<$($Struct)::+, _>::new(
            $crate::__private::unraw(stringify!($field)),
            |chunk| chunk.$field,
        )
    };
}

/// A step that returns one field of a struct. Created by [`pick!`](crate::pick!).
#[doc(alias = "RunnablePick")]
#[must_use = "a chain does nothing until it is run"]
pub struct PickField<S: Chunked, C> {
    name: &'static str,
    pick: fn(S::Chunk) -> Option<C>,
}

impl<S: Chunked, C: Chunk> PickField<S, C> {
    #[doc(hidden)]
    pub fn new(name: &'static str, pick: fn(S::Chunk) -> Option<C>) -> Self {
        Self { name, pick }
    }
}

impl<S: Chunked, C: Chunk> Runnable for PickField<S, C> {
    type Input = S;
    type Output = C::Whole;

    async fn run(&self, value: S, _: RunContext) -> Result<C::Whole> {
        Chunked::from_merged((self.pick)(value.into_chunk()))
    }

    fn run_transform(&self, chunks: InputStream<S>, _: RunContext) -> ChunkStream<C::Whole> {
        let pick = self.pick;
        let picked = move |chunk: Result<S::Chunk>| future::ready(chunk.map(pick).transpose());
        ChunkStream::new(chunks.into_chunks().filter_map(picked))
    }

    fn info(&self) -> StepInfo {
        StepInfo::new(format!("RunnablePick<{}>", self.name))
    }
}

impl<S: Chunked, C> Clone for PickField<S, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: Chunked, C> Copy for PickField<S, C> {}

impl<S: Chunked, C> fmt::Debug for PickField<S, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PickField").field(&self.name).finish()
    }
}
