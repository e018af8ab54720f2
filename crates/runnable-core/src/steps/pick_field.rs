//! One field of a struct.

use std::fmt;

use futures_util::{StreamExt, future};

use crate::{Chunk, ChunkStream, Chunked, Result, RunContext, Runnable, StepInfo};

/// Makes a step that takes one field of a struct of one's own, which derives
/// [`Chunked`](derive@crate::Chunked).
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
///
/// Streamed, it passes on the news of this field as they come.
#[macro_export]
macro_rules! pick {
    ($($Struct:ident)::+ . $field:ident) => {
        $crate::steps::PickField::<$($Struct)::+, _>::new(
            $crate::__private::unraw(stringify!($field)),
            |news| news.$field,
        )
    };
}

/// A step that takes one field of a struct. Made by [`pick!`](crate::pick!).
#[must_use = "a chain does nothing until it is run"]
pub struct PickField<S: Chunked, C> {
    name: &'static str,
    news: fn(S::Chunk) -> Option<C>,
}

impl<S: Chunked, C: Chunk> PickField<S, C> {
    #[doc(hidden)]
    pub fn new(name: &'static str, news: fn(S::Chunk) -> Option<C>) -> Self {
        Self { name, news }
    }
}

impl<S: Chunked, C: Chunk> Runnable for PickField<S, C> {
    type Input = S;
    type Output = C::Whole;

    async fn run(&self, whole: S, _: RunContext) -> Result<C::Whole> {
        Chunked::from_merged((self.news)(whole.into_chunk()))
    }

    fn run_transform(&self, whole: ChunkStream<S>, _: RunContext) -> ChunkStream<C::Whole> {
        let news = self.news;
        ChunkStream::new(whole.filter_map(move |chunk| future::ready(chunk.map(news).transpose())))
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
