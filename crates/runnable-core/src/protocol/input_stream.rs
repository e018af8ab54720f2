//! [`InputStream`]: the input of a step, as a stream of chunks.

use std::{fmt, sync::Arc};

use futures_util::FutureExt;

use crate::{
    ChunkStream, Chunked, Payload, Result,
    concurrency::lease::Lease,
    observe::{input_tap::InputTap, live_run::LiveRun},
};

/// The input of a step, as chunks. [`run_transform`](crate::Runnable::run_transform) receives it.
///
/// The method that you call decides what the step receives, and when its run starts. Each method
/// consumes the input, so you can call only one of them:
///
/// | method | result | start of the run |
/// |---|---|---|
/// | [`into_chunks`](Self::into_chunks) | a stream of the chunks as they arrive | with the first chunk |
/// | [`concat`](Self::concat) | a future of the complete input | when the input is complete |
/// | [`concat_then`](Self::concat_then) | a stream of output chunks, computed from the complete input | when the input is complete |
///
/// The run does not start before the returned future or stream is polled. If the run starts with
/// the complete input, its start event contains the input.
///
/// # Examples
///
/// ```
/// use runnable_core::{InputStream, prelude::*};
///
/// /// Sorts the words of a text.
/// #[derive(Clone)]
/// struct Sort;
///
/// impl Runnable for Sort {
///     type Input = String;
///     type Output = String;
///
///     async fn run(&self, text: String, _: RunContext) -> Result<String> {
///         let mut words: Vec<_> = text.split(' ').collect();
///         words.sort_unstable();
///         Ok(words.join(" "))
///     }
///
///     fn run_transform(&self, text: InputStream<String>, cx: RunContext) -> ChunkStream<String> {
///         let step = self.clone();
///         text.concat_then(move |text| step.run_stream(text, cx))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let chunks = futures::stream::iter(["b ", "a"].map(|text| Ok(text.to_owned())));
/// assert_eq!(Sort.transform(chunks).concat().await?, "a b");
/// # Ok(())
/// # }
/// ```
///
/// The default implementation of `run_transform` does the same. A step that has taken some of the
/// chunks cannot request the complete input:
///
/// ```compile_fail,E0382
/// use runnable_core::{InputStream, prelude::*};
///
/// async fn late(text: InputStream<String>) -> Result<String> {
///     let first = text.into_chunks().next().await;
///     text.concat().await // error: `text` has been moved
/// }
/// ```
///
/// An input is not a stream, so a step cannot poll it directly:
///
/// ```compile_fail,E0599
/// use futures::StreamExt;
/// use runnable_core::{InputStream, prelude::*};
///
/// async fn late(mut text: InputStream<String>) -> Result<String> {
///     let first = text.next().await; // error: unknown method
///     text.concat().await
/// }
/// ```
#[must_use = "a run starts only when its step takes the input"]
pub struct InputStream<T: Chunked> {
    chunks: ChunkStream<T>,
    /// The run that starts when the step takes the input. `None` if the run is not observed.
    run: Option<Arc<LiveRun>>,
    /// The lease of that run, which is its share in the concurrency limit. `None` if the call has
    /// no concurrency limit.
    lease: Option<Arc<Lease>>,
}

impl<T: Chunked> InputStream<T> {
    /// Creates an input that consists of a complete value.
    ///
    /// Use it to implement [`run_stream`](crate::Runnable::run_stream) with `run_transform`.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::{InputStream, prelude::*};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// assert_eq!(InputStream::once("a".to_owned()).concat().await?, "a");
    /// # Ok(())
    /// # }
    /// ```
    pub fn once(value: T) -> Self {
        ChunkStream::once(value).into()
    }

    /// Creates the input for a run. The run starts when its step takes the input.
    pub(crate) fn of_run(
        chunks: ChunkStream<T>,
        run: Option<Arc<LiveRun>>,
        lease: Option<Arc<Lease>>,
    ) -> Self {
        Self { chunks, run, lease }
    }

    /// Returns a stream of the chunks as they arrive.
    ///
    /// The run of the step starts with the first chunk.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::{InputStream, prelude::*};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let mut chunks = InputStream::once("a".to_owned()).into_chunks();
    /// assert_eq!(chunks.next().await.transpose()?.as_deref(), Some("a"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn into_chunks(self) -> ChunkStream<T> {
        match self.run {
            Some(run) => ChunkStream::new(InputTap::new(self.chunks, run)),
            None => self.chunks,
        }
    }

    /// Waits for the complete input and returns it.
    ///
    /// The run of the step starts when the input is complete. If the call has a
    /// [`max_concurrency`](crate::RunConfig::max_concurrency), the run counts from then on, and
    /// this method also waits for a permit.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`ChunkStream::concat`]: the error of the previous step, or an error
    /// if the chunks do not make a complete value.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it completes, the input is lost.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::{InputStream, prelude::*};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let chunks = futures::stream::iter(["a", "b"].map(|text| Ok(text.to_owned())));
    /// let input = InputStream::<String>::from(ChunkStream::new(chunks));
    /// assert_eq!(input.concat().await?, "ab");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias("add", "aadd", "gather", "merge"))]
    pub async fn concat(self) -> Result<T> {
        let input = self.chunks.concat().await?;
        // For an invoked run, the time during which it waits for a permit is not part of the run.
        // The same applies here.
        if let Some(lease) = self.lease {
            lease.fill(self.run.as_deref()).await;
        }
        if let Some(run) = self.run {
            // The listeners can have become busy since the start of this poll, for example when the
            // previous step ended. The step must not start before they are ready.
            run.ready().await;
            run.start(Some(Payload::new(&input)));
            // A listener can hold the run after its start event, before the step gets the input.
            run.ready().await;
        }
        Ok(input)
    }

    /// Waits for the complete input, calls `then` with it, and returns the chunks of the output.
    ///
    /// The run of the step starts when the input is complete, as for [`concat`](Self::concat).
    ///
    /// # Errors
    ///
    /// An error of the input is the only item of the stream. `then` is not called in this case.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::{InputStream, prelude::*};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let input = InputStream::once("ab".to_owned());
    /// let output = input.concat_then(|text| ChunkStream::<u64>::once(text.len() as u64));
    /// assert_eq!(output.concat().await?, 2);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias("add", "gather"))]
    pub fn concat_then<O: Chunked>(
        self,
        then: impl FnOnce(T) -> ChunkStream<O> + Send + 'static,
    ) -> ChunkStream<O> {
        let output = self.concat().map(|input| match input {
            Ok(input) => then(input),
            Err(error) => ChunkStream::error(error),
        });
        ChunkStream::new(output.boxed().flatten_stream())
    }
}

/// Creates an input from chunks alone. Usually, a run starts when its step takes the input. This
/// input starts no run: it is for a step that is called without a run of its own, for example by a
/// wrapper that has no run either.
impl<T: Chunked> From<ChunkStream<T>> for InputStream<T> {
    fn from(chunks: ChunkStream<T>) -> Self {
        Self { chunks, run: None, lease: None }
    }
}

impl<T: Chunked> fmt::Debug for InputStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InputStream").finish_non_exhaustive()
    }
}
