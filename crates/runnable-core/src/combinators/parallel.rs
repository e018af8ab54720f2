//! [`Parallel`]: several steps that run in parallel on the same input.

use super::{Branches, branches::Keys};
use crate::{
    ChunkStream, InputStream, Result, RunContext, Runnable, Runs, StepInfo, Structure,
    protocol::links::Links,
};

/// The keys of branches that have no names.
const NUMBERS: &[&str] = &["0", "1", "2", "3", "4", "5", "6", "7"];

/// Runs up to eight steps in parallel on the same input, and returns a tuple of their outputs.
///
/// # Examples
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

/// Several steps that run in parallel on the same input. Created by [`parallel`].
///
/// The branches run concurrently within one task. Output chunks are interleaved in the order in
/// which they become ready. Each chunk contains output of one branch. Input chunks are passed to
/// every branch as they arrive. A branch can be up to 256 input chunks ahead of another branch.
///
/// The runs of the branches are tagged `map:key:0`, `map:key:1` and so on.
///
/// # Errors
///
/// Returns the first error of any branch, and cancels the other branches.
#[doc(alias = "RunnableParallel")]
#[derive(Clone, Debug)]
#[must_use = "a chain does nothing until it is run"]
pub struct Parallel<B> {
    branches: B,
    keys: Keys,
}

impl<B> Parallel<B> {
    /// Creates a parallel step whose branches have these names.
    pub(super) fn named(branches: B, keys: Keys) -> Self {
        Self { branches, keys }
    }

    /// Returns the keys, separated by commas, as they appear in the names of runs: `one,two`.
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
        input: InputStream<B::Input>,
        cx: RunContext,
    ) -> ChunkStream<B::Output> {
        self.branches.transform(input.into_chunks(), &cx, self.keys)
    }

    fn info(&self) -> StepInfo {
        StepInfo::new(format!("RunnableParallel<{}>", self.keys()))
    }

    fn structure(&self) -> Structure {
        Structure::Parallel(self.branches.graphs(self.keys))
    }

    fn runs(&self) -> Runs {
        Runs::Own
    }

    fn into_links(self) -> Result<Links, Self> {
        Err(self)
    }
}
