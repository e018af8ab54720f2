//! [`Assign`]: a step that adds values to a dict.

use std::{borrow::Cow, mem};

use futures_util::{StreamExt, future};

use super::{ParallelDict, parallel_dict, tee::tee_kept, turns::Turns};
use crate::{
    ChildPosition, Chunk, ChunkStream, Dict, DictChunk, InputStream, Result, RunContext, Runnable,
    Runs, StepInfo, Structure,
    protocol::{graph_of::graph_of, links::Links},
};

/// Creates a step that adds the output of `step` to the named values that it receives.
///
/// `step` receives the same values. Add other values with [`Assign::with`]. For the fields of a
/// struct, use [`assign!`](crate::assign!).
///
/// # Examples
///
/// ```
/// use runnable_core::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let measure = lambda(|values: Dict| values["text"].as_str().map_or(0, str::len));
/// let measured = assign("length", measure);
///
/// let values = measured.invoke(dict! { text: "four" }).await?;
/// assert_eq!(values, dict! { text: "four", length: 4 });
/// # Ok(())
/// # }
/// ```
#[doc(alias = "RunnableAssign")]
pub fn assign<R>(name: impl Into<Cow<'static, str>>, step: R) -> Assign
where
    R: Runnable<Input = Dict>,
{
    Assign { added: parallel_dict(name, step) }
}

/// A step that adds values to the named values that it receives. Created by [`assign`].
///
/// In a stream, input chunks are passed on as they arrive, except for values that an added value
/// replaces. Chunks of the added values are yielded as they become ready. An input chunk that is
/// available does not wait for an added step that is busy.
#[doc(alias = "RunnableAssign")]
#[derive(Clone, Debug)]
#[must_use = "a chain does nothing until it is run"]
pub struct Assign {
    added: ParallelDict<Dict>,
}

impl Assign {
    /// Adds another value, which `step` computes. The steps run in parallel. Each receives the
    /// input, and not the values that other steps add.
    pub fn with<R>(self, name: impl Into<Cow<'static, str>>, step: R) -> Self
    where
        R: Runnable<Input = Dict>,
    {
        Self { added: self.added.with(name, step) }
    }
}

#[deny(clippy::missing_trait_methods)]
impl Runnable for Assign {
    type Input = Dict;
    type Output = Dict;

    async fn run(&self, values: Dict, cx: RunContext) -> Result<Dict> {
        let added =
            cx.child(ChildPosition::Untagged).invoke_inline(&self.added, values.clone()).await?;
        Ok(values.merge(added))
    }

    fn run_stream(&self, values: Dict, cx: RunContext) -> ChunkStream<Dict> {
        self.run_transform(InputStream::once(values), cx)
    }

    fn run_transform(&self, values: InputStream<Dict>, cx: RunContext) -> ChunkStream<Dict> {
        let turns = Turns::default();
        let [kept, taken] = tee_kept(values.into_chunks(), &turns);
        let added = self.added.clone();
        // The names of the values that added values replace. A replaced value keeps its position.
        let mut names = DictChunk::default();
        let kept = kept.filter_map(move |chunk| {
            let replaced = |name: &str| added.names().any(|added| added == name);
            let kept = chunk.map(|chunk| {
                let mut kept = mem::take(&mut names);
                kept.merge(chunk.without(replaced));
                kept
            });
            future::ready(match kept {
                Ok(chunk) if chunk.is_empty() => {
                    names = chunk;
                    None
                }
                kept => Some(kept),
            })
        });
        let added = cx.child(ChildPosition::Untagged).transform(&self.added, taken);
        turns.select_kept_first(kept, added)
    }

    fn info(&self) -> StepInfo {
        StepInfo::new(format!("RunnableAssign<{}>", self.added.keys()))
    }

    fn structure(&self) -> Structure {
        Structure::Parallel(vec![("added".to_owned(), graph_of(&self.added))])
    }

    fn runs(&self) -> Runs {
        Runs::Own
    }

    fn into_links(self) -> Result<Links, Self> {
        Err(self)
    }
}
