//! The [`Runnable`] trait, which authors of steps implement.

use futures_util::{FutureExt, stream};

use super::{input_stream::InputStream, links::Links, runs::Runs, step_info::StepInfo};
use crate::{ChunkStream, Chunked, Result, RunContext, Structure};

/// A step of a chain: an async function from [`Input`](Self::Input) to [`Output`](Self::Output)
/// that can also stream.
///
/// Implement this trait to write a step. To call or combine steps, use
/// [`RunnableExt`](crate::RunnableExt), which is implemented for every `Runnable`.
///
/// Do not call `run`, `run_stream` or `run_transform` on another step. Call the step with
/// [`RunnableExt::invoke`](crate::RunnableExt::invoke) or, from inside another step, with
/// [`RunContext::child`]. Both give the called step its own run, so that listeners observe it and
/// the path of an error contains its name.
///
/// # Required and provided methods
///
/// Only [`run`](Self::run) is required.
///
/// | method | input | output | default |
/// |---|---|---|---|
/// | [`run`](Self::run) | complete | complete | (required) |
/// | [`run_stream`](Self::run_stream) | complete | chunks | calls `run`, and yields its output as one chunk |
/// | [`run_transform`](Self::run_transform) | chunks | chunks | waits for the complete input, then calls `run_stream` |
///
/// The three methods must agree: merging the chunks of a stream must give the value that `run`
/// returns for the same input.
///
/// # Cloning
///
/// A clone is a handle to the same step. Cloning must be cheap, so keep large or shared state
/// behind an [`Arc`](std::sync::Arc).
///
/// # Wrappers
///
/// A step that wraps another step must forward every method. Otherwise the defaults apply, and the
/// wrapped step no longer streams. Put `#[deny(clippy::missing_trait_methods)]` on the `impl` to
/// let clippy check this.
///
/// A wrapper that has its own run calls the inner step with [`RunContext::child`]. A transparent
/// wrapper does not have its own run: it returns [`Runs::Transparent`] from [`runs`](Self::runs),
/// and calls the inner step at [`ChildPosition::Untagged`](crate::ChildPosition::Untagged).
///
/// # Steps of different types
///
/// Each step has its own type, so the branches of an `if`, the arms of a `match` and the items of a
/// list cannot hold different steps. [`into_dyn`](crate::RunnableExt::into_dyn) converts a step to
/// a [`DynRunnable`](crate::DynRunnable), which has the same type for all steps with the same input
/// and output. Use it instead of `Box<dyn Runnable>`, because this trait is not dyn compatible.
///
/// # Cancellation
///
/// Dropping the returned future or stream cancels the step. Keep everything that must be released,
/// such as a permit or a connection, inside that future or stream. A spawned task is not cancelled
/// with it.
///
/// # Examples
///
/// A step that yields a text word by word:
///
/// ```
/// use futures::{StreamExt, stream};
/// use runnable_core::prelude::*;
///
/// #[derive(Clone)]
/// struct Words;
///
/// impl Runnable for Words {
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
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let mut chunks = Words.stream("one two");
/// assert_eq!(chunks.next().await.transpose()?.as_deref(), Some("one "));
/// assert_eq!(Words.invoke("one two").await?, "one two");
/// # Ok(())
/// # }
/// ```
#[doc(alias = "RunnableSerializable")]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a step of a chain",
    label = "expected a `Runnable`",
    note = "to use a function as a step, wrap it: `lambda(f)`, `try_lambda(f)` if it returns a `Result`, `async_lambda(f)` if it is async"
)]
pub trait Runnable: Clone + Send + Sync + 'static {
    /// The type of the input of the step.
    type Input: Chunked;
    /// The type of the output of the step.
    type Output: Chunked;

    /// Runs the step on a complete input and returns the complete output.
    ///
    /// # Errors
    ///
    /// Returns the error with which the step fails. The library adds the name of the step to the
    /// [path](crate::Error::path) of the error.
    fn run(
        &self,
        input: Self::Input,
        cx: RunContext,
    ) -> impl Future<Output = Result<Self::Output>> + Send;

    /// Runs the step on a complete input and returns its output as a stream of chunks.
    ///
    /// The default implementation calls [`run`](Self::run) and yields the output as one chunk.
    ///
    /// # Errors
    ///
    /// The stream ends with the first error. A stream that ends without a chunk is an error of kind
    /// [`EmptyStream`](crate::ErrorKind::EmptyStream), unless the output type has an [empty
    /// value](Chunked::from_no_chunks), as `String` and `Vec` do.
    fn run_stream(&self, input: Self::Input, cx: RunContext) -> ChunkStream<Self::Output> {
        let step = self.clone();
        let output = async move { step.run(input, cx).await.map(Chunked::into_chunk) };
        ChunkStream::new(stream::once(output.boxed()))
    }

    /// Runs the step on a stream of input chunks and returns its output as a stream of chunks.
    ///
    /// Implement this method if the step can produce output before its input is complete. The
    /// default implementation waits for the complete input with [`InputStream::concat_then`] and
    /// then calls [`run_stream`](Self::run_stream).
    ///
    /// The method that you call on the input decides when the run of the step starts:
    /// [`into_chunks`](InputStream::into_chunks) starts it with the first chunk, and
    /// [`concat`](InputStream::concat) and `concat_then` start it when the input is complete.
    ///
    /// # Errors
    ///
    /// The stream ends with the first error, as for [`run_stream`](Self::run_stream).
    fn run_transform(
        &self,
        input: InputStream<Self::Input>,
        cx: RunContext,
    ) -> ChunkStream<Self::Output> {
        let step = self.clone();
        input.concat_then(move |input| step.run_stream(input, cx))
    }

    /// Returns the name, the kind and the metadata of this step. They describe its runs.
    ///
    /// The default name is the name of the type, without its path and parameters. The library calls
    /// this method only if a listener is attached, if an error passes the step, or for a
    /// [`Graph`](crate::Graph).
    #[doc(alias = "get_name")]
    fn info(&self) -> StepInfo {
        StepInfo::of::<Self>()
    }

    /// Returns the parts of this step, for [`RunnableExt::graph`](crate::RunnableExt::graph).
    ///
    /// The default is [`Structure::Step`]: a step without visible parts. A step that reads a
    /// [configurable key](RunContext::configurable) must declare the key, here or with
    /// [`RunnableExt::declares`](crate::RunnableExt::declares).
    fn structure(&self) -> Structure {
        Structure::Step
    }

    /// Returns which runs this step opens at the position where it is called.
    ///
    /// The default is [`Runs::Own`], and few steps need to change it:
    ///
    /// - A transparent wrapper returns [`Runs::Transparent`]. It must call exactly one other step,
    ///   at [`ChildPosition::Untagged`](crate::ChildPosition::Untagged). The run of that step takes
    ///   the position that a run of the wrapper would have.
    /// - A wrapper that passes its own context on to the methods of the wrapped step returns the
    ///   value that the wrapped step returns.
    fn runs(&self) -> Runs {
        Runs::Own
    }

    /// Splits an erased chain into its steps, so that a longer chain remains one flat list.
    ///
    /// Only chains override this method. A wrapper that forwards all methods returns `Err(self)`.
    ///
    /// # Errors
    ///
    /// Returns the step itself if it is not an erased chain.
    fn into_links(self) -> Result<Links, Self> {
        Err(self)
    }
}
