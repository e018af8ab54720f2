//! Values added to named values.

use std::{borrow::Cow, mem};

use futures_util::{StreamExt, future};

use super::{ParallelDict, parallel_dict, tee::tee_kept, turns::Turns};
use crate::{
    ChildPosition, Chunk, ChunkStream, Dict, DictChunk, Result, RunContext, Runnable, RunnableExt,
    StepInfo, Structure, links::Links,
};

/// Makes a step that adds the output of `step`, run on the named values it gets, to these values.
/// For the fields of a struct there is [`assign!`](crate::assign!).
///
/// ```
/// use runnable_core::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let measure = lambda(|values: Dict| values.get("text").map_or(0, |text| text.to_string().len() - 2));
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

/// A step that adds values to those it gets. Made by [`assign`].
///
/// Streaming, it passes on its input at once, except for the values that it replaces, and adds the
/// rest as it comes. Input that has come goes out before anything that is added, and does not wait
/// for an added step that is busy.
#[derive(Clone, Debug)]
#[must_use = "a chain does nothing until it is run"]
pub struct Assign {
    added: ParallelDict<Dict>,
}

impl Assign {
    /// Adds one more value. The steps run side by side, and do not see what the others add.
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
        self.run_transform(ChunkStream::once(values), cx)
    }

    fn run_transform(&self, values: ChunkStream<Dict>, cx: RunContext) -> ChunkStream<Dict> {
        let turns = Turns::default();
        let [kept, taken] = tee_kept(values, &turns);
        let added = self.added.clone();
        // Names whose values are replaced, and which keep their places among the others.
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
        Structure::Parallel(vec![("added".to_owned(), self.added.graph())])
    }

    fn steps(&self) -> usize {
        1
    }

    fn into_links(self) -> Result<Links, Self> {
        Err(self)
    }
}
