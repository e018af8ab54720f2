//! [`ParallelDict`]: several steps that run in parallel on the same input, with names that are set
//! at run time.

use std::{borrow::Cow, fmt, sync::Arc};

use futures_util::{FutureExt, future::BoxFuture, stream};
use serde_json::Value;

use super::{side_by_side::join_all, tee::tee_many, turns::Turns};
use crate::{
    ChildPosition, Chunk, ChunkStream, Chunked, Dict, DictChunk, Graph, InputStream, Result,
    RunContext, Runnable, Runs, StepInfo, Structure, ValueChunk,
    protocol::{graph_of::graph_of, links::Links},
    value::value_chunk::to_json,
};

/// Runs named steps in parallel on the same input, and returns their outputs as a [`Dict`].
///
/// A prompt template accepts a `Dict` as its input. Add other steps with [`ParallelDict::with`].
///
/// # Examples
///
/// ```
/// use runnable_core::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let facts = parallel_dict("loud", lambda(|text: String| text.to_uppercase()))
///     .with("length", lambda(|text: String| text.len()));
///
/// assert_eq!(facts.invoke("four").await?, dict! { loud: "FOUR", length: 4 });
/// # Ok(())
/// # }
/// ```
#[doc(alias("RunnableParallel", "RunnableMap"))]
pub fn parallel_dict<R>(name: impl Into<Cow<'static, str>>, step: R) -> ParallelDict<R::Input>
where
    R: Runnable<Input: Clone>,
{
    ParallelDict { branches: Vec::new() }.with(name, step)
}

/// Several named steps that run in parallel on the same input. Created by [`parallel_dict`].
///
/// It streams and fails in the same way as a [`Parallel`](super::Parallel). The run of a branch has
/// the tag `map:key:` followed by the name of the branch.
#[doc(alias("RunnableParallel", "RunnableMap"))]
#[must_use = "a chain does nothing until it is run"]
pub struct ParallelDict<I> {
    branches: Vec<Branch<I>>,
}

struct Branch<I> {
    name: Cow<'static, str>,
    step: Arc<dyn ValueStep<I>>,
}

impl<I> Branch<I> {
    fn place(&self) -> ChildPosition {
        ChildPosition::ParallelKey(self.name.clone())
    }

    /// Converts chunks of one branch's value to chunks of the dict.
    fn named(&self, chunks: ChunkStream<Value>) -> ChunkStream<Dict> {
        let name = self.name.clone();
        chunks.mapped(move |chunk| DictChunk::new(name.clone(), chunk))
    }
}

impl<I: Chunked + Clone> ParallelDict<I> {
    /// Adds a step. If the name is in use, the step replaces the existing step.
    pub fn with<R>(mut self, name: impl Into<Cow<'static, str>>, step: R) -> Self
    where
        R: Runnable<Input = I>,
    {
        let branch = Branch { name: name.into(), step: Arc::new(step) };
        match self.branches.iter_mut().find(|other| other.name == branch.name) {
            Some(taken) => *taken = branch,
            None => self.branches.push(branch),
        }
        self
    }

    /// Returns the names of the steps, in order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.branches.iter().map(|branch| &*branch.name)
    }

    /// Adds the names of all steps to the first chunk, so that the values have the order of the
    /// steps, whichever step yields first.
    fn in_order(&self, chunks: ChunkStream<Dict>) -> ChunkStream<Dict> {
        let mut names = Some(self.names().map(str::to_owned).collect::<Vec<_>>());
        chunks.mapped(move |chunk| match names.take() {
            Some(names) => {
                let mut first = DictChunk::of_names(names);
                first.merge(chunk);
                first
            }
            None => chunk,
        })
    }

    /// Returns the names, separated by commas, as they appear in the names of runs: `one,two`.
    pub(super) fn keys(&self) -> String {
        self.names().collect::<Vec<_>>().join(",")
    }
}

#[deny(clippy::missing_trait_methods)]
impl<I: Chunked + Clone> Runnable for ParallelDict<I> {
    type Input = I;
    type Output = Dict;

    async fn run(&self, input: I, cx: RunContext) -> Result<Dict> {
        let calls = self.branches.iter().map(|branch| {
            let value = branch.step.invoke(input.clone(), cx.clone(), branch.place());
            value.map(|value| value.map(|value| (branch.name.clone(), value)))
        });
        Ok(join_all(calls).await?.into_iter().collect())
    }

    fn run_stream(&self, input: I, cx: RunContext) -> ChunkStream<Dict> {
        let streams = self.branches.iter().map(|branch| {
            branch.named(branch.step.stream(input.clone(), cx.clone(), branch.place()))
        });
        self.in_order(Turns::default().select(streams))
    }

    fn run_transform(&self, input: InputStream<I>, cx: RunContext) -> ChunkStream<Dict> {
        let turns = Turns::default();
        let inputs = tee_many(input.into_chunks(), self.branches.len(), &turns);
        let streams = self.branches.iter().zip(inputs).map(|(branch, input)| {
            branch.named(branch.step.transform(input, cx.clone(), branch.place()))
        });
        self.in_order(turns.select(streams))
    }

    fn info(&self) -> StepInfo {
        StepInfo::new(format!("RunnableParallel<{}>", self.keys()))
    }

    fn structure(&self) -> Structure {
        let branches = self.branches.iter();
        Structure::Parallel(
            branches.map(|branch| (branch.name.to_string(), branch.step.graph())).collect(),
        )
    }

    fn runs(&self) -> Runs {
        Runs::Own
    }

    fn into_links(self) -> Result<Links, Self> {
        Err(self)
    }
}

/// A step whose output is converted to JSON. The trait hides the type of the output.
trait ValueStep<I: Chunked>: Send + Sync {
    fn graph(&self) -> Graph;
    fn invoke(
        &self,
        input: I,
        cx: RunContext,
        place: ChildPosition,
    ) -> BoxFuture<'_, Result<Value>>;
    fn stream(&self, input: I, cx: RunContext, place: ChildPosition) -> ChunkStream<Value>;
    fn transform(
        &self,
        input: ChunkStream<I>,
        cx: RunContext,
        place: ChildPosition,
    ) -> ChunkStream<Value>;
}

impl<R: Runnable> ValueStep<R::Input> for R {
    fn graph(&self) -> Graph {
        graph_of(self)
    }

    fn invoke(
        &self,
        input: R::Input,
        cx: RunContext,
        place: ChildPosition,
    ) -> BoxFuture<'_, Result<Value>> {
        async move { to_json(&cx.child(place).invoke_inline(self, input).await?) }.boxed()
    }

    fn stream(&self, input: R::Input, cx: RunContext, place: ChildPosition) -> ChunkStream<Value> {
        values(cx.child(place).stream(self, input))
    }

    fn transform(
        &self,
        input: ChunkStream<R::Input>,
        cx: RunContext,
        place: ChildPosition,
    ) -> ChunkStream<Value> {
        values(cx.child(place).transform(self, input))
    }
}

/// Converts chunks of a value to chunks of JSON.
///
/// A stream without chunks yields the empty value of its type, because the steps that follow do not
/// know the type and could not create this value.
fn values<T: Chunked>(chunks: ChunkStream<T>) -> ChunkStream<Value> {
    let next = |(mut chunks, mut has_yielded): (ChunkStream<T>, bool)| async move {
        let chunk = match chunks.next().await.transpose()? {
            None if has_yielded => return Ok(None),
            None => T::from_no_chunks()?.into_chunk(),
            Some(chunk) => chunk,
        };
        has_yielded = true;
        Ok(Some((ValueChunk::new(chunk), (chunks, has_yielded))))
    };
    ChunkStream::new(stream::try_unfold((chunks, false), next))
}

impl<I> Clone for Branch<I> {
    fn clone(&self) -> Self {
        Self { name: self.name.clone(), step: Arc::clone(&self.step) }
    }
}

impl<I> Clone for ParallelDict<I> {
    fn clone(&self) -> Self {
        Self { branches: self.branches.clone() }
    }
}

impl<I> fmt::Debug for ParallelDict<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.branches.iter().map(|branch| &branch.name);
        f.debug_tuple("ParallelDict").field(&names.collect::<Vec<_>>()).finish()
    }
}
