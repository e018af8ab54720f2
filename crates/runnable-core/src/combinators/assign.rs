//! Values added to named values.

use std::{borrow::Cow, mem};

use futures_util::{StreamExt, future};

use super::{ParallelMap, parallel_map, tee::tee_kept, turns::Turns};
use crate::{
    Args, ArgsChunk, Chunk, ChunkStream, Context, Place, Result, Runnable, RunnableExt, StepInfo,
    Structure, links::Links,
};

/// Makes a step that adds the output of `step`, run on the named values it gets, to these values.
/// For the fields of a struct there is [`assign!`](crate::assign!).
///
/// ```
/// use runnable_core::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let measure = lambda(|values: Args| values.get("text").map_or(0, |text| text.to_string().len() - 2));
/// let measured = assign("length", measure);
///
/// let values = measured.invoke(args! { text: "four" }).await?;
/// assert_eq!(values, args! { text: "four", length: 4 });
/// # Ok(())
/// # }
/// ```
pub fn assign<R>(name: impl Into<Cow<'static, str>>, step: R) -> Assign
where
    R: Runnable<Input = Args>,
{
    Assign { added: parallel_map(name, step) }
}

/// A step that adds values to those it gets. Made by [`assign`].
///
/// Streaming, it passes on its input at once, except for the values that it replaces, and adds the
/// rest as it comes. Input that has come goes out before anything that is added, and does not wait
/// for an added step that is busy.
#[derive(Clone, Debug)]
#[must_use = "a chain does nothing until it is run"]
pub struct Assign {
    added: ParallelMap<Args>,
}

impl Assign {
    /// Adds one more value. The steps run side by side, and do not see what the others add.
    pub fn with<R>(self, name: impl Into<Cow<'static, str>>, step: R) -> Self
    where
        R: Runnable<Input = Args>,
    {
        Self { added: self.added.with(name, step) }
    }
}

#[deny(clippy::missing_trait_methods)]
impl Runnable for Assign {
    type Input = Args;
    type Output = Args;

    async fn run(&self, values: Args, cx: Context) -> Result<Args> {
        let added = cx.at(Place::Anywhere).invoke_inline(&self.added, values.clone()).await?;
        Ok(values.merged(added))
    }

    fn run_stream(&self, values: Args, cx: Context) -> ChunkStream<Args> {
        self.run_transform(ChunkStream::once(values), cx)
    }

    fn run_transform(&self, values: ChunkStream<Args>, cx: Context) -> ChunkStream<Args> {
        let turns = Turns::default();
        let [kept, taken] = tee_kept(values, &turns);
        let added = self.added.clone();
        // Names whose values are replaced, and which keep their places among the others.
        let mut names = ArgsChunk::default();
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
        let added = cx.at(Place::Anywhere).transform(&self.added, taken);
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
