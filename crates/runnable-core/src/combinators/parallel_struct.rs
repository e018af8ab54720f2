//! [`parallel_struct!`](crate::parallel_struct!): several steps whose outputs are the fields of a
//! struct.

use std::{any, fmt};

use super::{Branches, branches::Keys};
use crate::{
    ChunkStream, Chunked, InputStream, Result, RunContext, Runnable, Runs, StepInfo, Structure,
    protocol::links::Links,
};

/// Runs up to eight steps in parallel on the same input, and returns a struct of their outputs.
///
/// Each step computes one field. The struct must derive [`Chunked`](derive@crate::Chunked). In a
/// stream, each chunk contains output of one field.
///
/// # Examples
///
/// ```
/// use runnable_core::{parallel_struct, prelude::*};
/// use serde::Serialize;
///
/// #[derive(Clone, Debug, Serialize, Chunked)]
/// struct Summary {
///     title: String,
///     length: usize,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let summary = parallel_struct!(Summary {
///     title: lambda(|text: String| text.to_uppercase()),
///     length: lambda(|text: String| text.len()),
/// });
///
/// let summary = summary.invoke("four").await?;
/// assert_eq!((summary.title.as_str(), summary.length), ("FOUR", 4));
/// # Ok(())
/// # }
/// ```
///
/// If the step is streamed, each chunk has new content for one field. The struct can be a path, such
/// as `parallel_struct!(report::Summary { … })`.
#[doc(alias = "RunnableParallel")]
#[macro_export]
macro_rules! parallel_struct {
    ($Struct:path { $($field:ident : $step:expr),+ $(,)? }) => {
        $crate::combinators::ParallelStruct::new(
            ($($step,)+),
            const { &[$($crate::__private::unraw(stringify!($field))),+] },
            // A path cannot precede braces in a macro, but the name of a type alias can. No user
            // struct has the name of this alias.
            |($($field,)+)| {
                type __Struct = $Struct;
                __Struct { $($field),+ }
            },
            |($($field,)+)| {
                type __Chunk = <$Struct as $crate::Chunked>::Chunk;
                __Chunk { $($field),+ }
            },
        )
    };
}

type ChunkOf<T> = <T as Chunked>::Chunk;

/// Several steps in parallel whose outputs are the fields of a struct.
///
/// Created by [`parallel_struct!`](crate::parallel_struct!). It streams and fails in the same way
/// as a [`Parallel`](super::Parallel). The run of a branch has the tag `map:key:` followed by the
/// name of the field.
#[doc(alias = "RunnableParallel")]
#[must_use = "a chain does nothing until it is run"]
pub struct ParallelStruct<B: Branches, S: Chunked> {
    branches: B,
    fields: Keys,
    to_value: fn(B::Output) -> S,
    to_chunk: fn(ChunkOf<B::Output>) -> ChunkOf<S>,
}

impl<B: Branches, S: Chunked> ParallelStruct<B, S> {
    #[doc(hidden)]
    pub fn new(
        branches: B,
        fields: Keys,
        to_value: fn(B::Output) -> S,
        to_chunk: fn(ChunkOf<B::Output>) -> ChunkOf<S>,
    ) -> Self {
        Self { branches, fields, to_value, to_chunk }
    }
}

#[deny(clippy::missing_trait_methods)]
impl<B: Branches, S: Chunked> Runnable for ParallelStruct<B, S> {
    type Input = B::Input;
    type Output = S;

    async fn run(&self, input: B::Input, cx: RunContext) -> Result<S> {
        self.branches.invoke(input, &cx, self.fields).await.map(self.to_value)
    }

    fn run_stream(&self, input: B::Input, cx: RunContext) -> ChunkStream<S> {
        self.branches.stream(input, &cx, self.fields).mapped(self.to_chunk)
    }

    fn run_transform(&self, input: InputStream<B::Input>, cx: RunContext) -> ChunkStream<S> {
        self.branches.transform(input.into_chunks(), &cx, self.fields).mapped(self.to_chunk)
    }

    fn info(&self) -> StepInfo {
        StepInfo::new(format!("RunnableParallel<{}>", self.fields.join(",")))
    }

    fn structure(&self) -> Structure {
        Structure::Parallel(self.branches.graphs(self.fields))
    }

    fn runs(&self) -> Runs {
        Runs::Own
    }

    fn into_links(self) -> Result<Links, Self> {
        Err(self)
    }
}

impl<B: Branches, S: Chunked> Clone for ParallelStruct<B, S> {
    fn clone(&self) -> Self {
        let Self { branches, fields, to_value, to_chunk } = self;
        Self { branches: branches.clone(), fields, to_value: *to_value, to_chunk: *to_chunk }
    }
}

impl<B: Branches, S: Chunked> fmt::Debug for ParallelStruct<B, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = any::type_name::<S>();
        f.debug_struct("ParallelStruct").field("of", &name).field("fields", &self.fields).finish()
    }
}
