//! The [`Runnable`] trait: what the author of a step writes.

use futures_util::{FutureExt, stream};

use crate::{ChunkStream, Chunked, Result, RunContext, StepInfo, Structure, links::Links};

/// One step of a chain: an async function from `Input` to `Output` that can also stream.
///
/// This trait is for who *writes* a step; who *uses* one has
/// [`RunnableExt`](crate::RunnableExt). Nobody calls these methods by hand: a call goes through a
/// run scope ([`RunnableExt::invoke`](crate::RunnableExt::invoke) from outside,
/// [`RunContext::child`] from inside another step), which gives every step its run with start, chunks
/// and end.
///
/// | method | takes | gives | if not written |
/// |---|---|---|---|
/// | [`run`](Self::run) | a whole input | a whole output | must be |
/// | [`run_stream`](Self::run_stream) | a whole input | chunks | `run`, as one chunk |
/// | [`run_transform`](Self::run_transform) | chunks | chunks | gathers the input, then `run_stream` |
///
/// The three agree: merging the chunks of a stream gives what `run` gives.
///
/// # Clone
///
/// A clone is a handle on the same step. Cloning must be cheap: keep shared state behind an `Arc`.
///
/// # Wrappers
///
/// A step that wraps another forwards every method, or it would silently turn streaming off.
/// `#[deny(clippy::missing_trait_methods)]` on the `impl` checks it. A wrapper that is not a run
/// of its own hands its own context on; one that is calls the inner step by [`RunContext::child`].
///
/// # Two steps in one place
///
/// Two steps have two types, so `if` and `else`, the arms of a `match`, and the items of a list cannot
/// hold one each. [`into_dyn`](crate::RunnableExt::into_dyn) makes a
/// [`DynRunnable`](crate::DynRunnable) of any step, with the same type for all that take and return
/// the same. Use it also instead of `Box<dyn Runnable>`: this trait is not dyn compatible.
///
/// # Cancellation
///
/// Dropping a future or a stream cancels the step. Whatever must be released, such as a permit or
/// a connection, is held inside the future or stream that the step returns.
///
/// # Example
///
/// A step that answers word by word:
///
/// ```
/// use futures::{StreamExt, stream};
/// use runnable_core::prelude::*;
///
/// #[derive(Clone)]
/// struct Parrot;
///
/// impl Runnable for Parrot {
///     type Input = String;
///     type Output = String;
///
///     async fn run(&self, text: String, cx: RunContext) -> Result<String> {
///         self.run_stream(text, cx).concat().await
///     }
///
///     fn run_stream(&self, text: String, _: RunContext) -> ChunkStream<String> {
///         let words: Vec<_> = text.split_inclusive(' ').map(|word| Ok(word.to_owned())).collect();
///         ChunkStream::new(stream::iter(words))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a step of a chain",
    label = "expected a `Runnable`",
    note = "make a step of a function: `lambda(f)`, `try_lambda(f)` if it can fail, `async_lambda(f)` if it is async"
)]
pub trait Runnable: Clone + Send + Sync + 'static {
    /// What the step takes.
    type Input: Chunked;
    /// What the step gives.
    type Output: Chunked;

    /// Runs the step on a whole input.
    ///
    /// # Errors
    ///
    /// Whatever the step fails with; the scope adds where that was.
    fn run(
        &self,
        input: Self::Input,
        cx: RunContext,
    ) -> impl Future<Output = Result<Self::Output>> + Send;

    /// Runs the step on a whole input, giving the output as it grows.
    ///
    /// If it ends without a chunk, and the output has no [empty](Chunked::from_no_chunks) value, the run
    /// fails, as it does where it is invoked.
    fn run_stream(&self, input: Self::Input, cx: RunContext) -> ChunkStream<Self::Output> {
        let step = self.clone();
        let whole = async move { step.run(input, cx).await.map(Chunked::into_chunk) };
        ChunkStream::new(stream::once(whole.boxed()))
    }

    /// Runs the step on an input that is still growing.
    ///
    /// A step that can begin before its input has ended writes this. Until then it gathers the
    /// input by [`RunContext::concat_then`], which also tells the scope that the run begins only when
    /// the input is whole.
    fn run_transform(
        &self,
        input: ChunkStream<Self::Input>,
        cx: RunContext,
    ) -> ChunkStream<Self::Output> {
        cx.concat_then(self, input)
    }

    /// What the runs of this step are called, and of which kind they are.
    ///
    /// By default the name of the type. Asked for only when somebody listens, or for the path of
    /// an error.
    fn info(&self) -> StepInfo {
        StepInfo::of::<Self>()
    }

    /// What the step is made of, for pictures of a chain. By default, nothing that could be seen.
    fn structure(&self) -> Structure {
        Structure::Step
    }

    /// How many runs this opens where it is called: one, and most steps leave this alone.
    ///
    /// An unnamed sequence inside a sequence is flat, and counts its steps. A step that is 0 is no
    /// run of its own: it calls one other step, by `cx.child(ChildPosition::Untagged)`, whose run stands where
    /// its own would.
    fn steps(&self) -> usize {
        1
    }

    /// Takes an erased chain apart into its steps, so that a longer chain stays one list of them.
    ///
    /// This is for chains alone. Every other step leaves it as it is, and a wrapper that forwards all
    /// methods returns `Err(self)` here.
    ///
    /// # Errors
    ///
    /// Returns the step itself if it is not an erased chain.
    fn into_links(self) -> Result<Links, Self> {
        Err(self)
    }
}
