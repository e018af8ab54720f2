//! Steps side by side.

use super::{Branches, branches::Keys};
use crate::{ChunkStream, Result, RunContext, Runnable, StepInfo, Structure, links::Links};

/// The keys of branches that have no names.
const NUMBERS: &[&str] = &["0", "1", "2", "3", "4", "5", "6", "7"];

/// Puts up to eight steps side by side: all get the same input, and the output is a tuple of
/// theirs.
///
/// ```
/// use runnable_core::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let shout = lambda(|text: String| text.to_uppercase());
/// let length = lambda(|text: String| text.len());
///
/// let (loud, length) = parallel((shout, length)).invoke("hello").await?;
/// assert_eq!((loud.as_str(), length), ("HELLO", 5));
/// # Ok(())
/// # }
/// ```
#[doc(alias = "RunnableParallel")]
pub fn parallel<B: Branches>(branches: B) -> Parallel<B> {
    Parallel { branches, keys: &NUMBERS[..B::COUNT] }
}

/// Steps side by side on the same input. Made by [`parallel`].
///
/// Chunks of the outputs come interleaved, in the order they are ready; each chunk brings news of
/// one branch. Chunks of the input go to every branch as they come. An error of one branch cancels
/// the others.
///
/// The branches' runs are tagged `map:key:0`, `map:key:1`, ….
#[derive(Clone, Debug)]
#[must_use = "a chain does nothing until it is run"]
pub struct Parallel<B> {
    branches: B,
    keys: Keys,
}

impl<B> Parallel<B> {
    /// Steps side by side that have names.
    pub(super) fn named(branches: B, keys: Keys) -> Self {
        Self { branches, keys }
    }

    /// `one,two`, as it stands in the names of runs.
    pub(super) fn keys(&self) -> String {
        self.keys.join(",")
    }
}

#[deny(clippy::missing_trait_methods)]
impl<B: Branches> Runnable for Parallel<B> {
    type Input = B::Input;
    type Output = B::Output;

    async fn run(&self, input: B::Input, cx: RunContext) -> Result<B::Output> {
        self.branches.invoke(input, &cx, self.keys).await
    }

    fn run_stream(&self, input: B::Input, cx: RunContext) -> ChunkStream<B::Output> {
        self.branches.stream(input, &cx, self.keys)
    }

    fn run_transform(
        &self,
        input: ChunkStream<B::Input>,
        cx: RunContext,
    ) -> ChunkStream<B::Output> {
        self.branches.transform(input, &cx, self.keys)
    }

    fn info(&self) -> StepInfo {
        StepInfo::new(format!("RunnableParallel<{}>", self.keys()))
    }

    fn structure(&self) -> Structure {
        Structure::Parallel(self.branches.graphs(self.keys))
    }

    fn steps(&self) -> usize {
        1
    }

    fn into_links(self) -> Result<Links, Self> {
        Err(self)
    }
}
