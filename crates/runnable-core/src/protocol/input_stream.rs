//! The input of a step, which is still growing.

use std::{fmt, sync::Arc};

use futures_util::FutureExt;

use crate::{
    ChunkStream, Chunked, Payload, Result,
    concurrency::lease::Lease,
    observe::{input_tap::InputTap, live_run::LiveRun},
};

/// The input of a step that is still growing: what
/// [`run_transform`](crate::Runnable::run_transform) takes.
///
/// A step says how it takes its input by what it makes of this. It can make one thing only, since each
/// of these methods takes the input away:
///
/// | method | the step | the run starts |
/// |---|---|---|
/// | [`into_chunks`](Self::into_chunks) | takes the chunks as they come | with the first chunk |
/// | [`concat_then`](Self::concat_then) | needs the whole, then gives its output in chunks | when the input is whole |
/// | [`concat`](Self::concat) | needs the whole | when the input is whole |
///
/// Nothing starts before what they return is polled. A run that starts when its input is whole has the
/// input in its start event.
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
///         text.concat_then(move |whole| step.run_stream(whole, cx))
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
/// That is what a step does by default. What has taken some of the chunks cannot ask for the whole:
///
/// ```compile_fail,E0382
/// use runnable_core::{InputStream, prelude::*};
///
/// async fn late(text: InputStream<String>) -> Result<String> {
///     let first = text.into_chunks().next().await;
///     text.concat().await // the input was taken away
/// }
/// ```
///
/// Nor can it be polled as it is:
///
/// ```compile_fail,E0599
/// use futures::StreamExt;
/// use runnable_core::{InputStream, prelude::*};
///
/// async fn late(mut text: InputStream<String>) -> Result<String> {
///     let first = text.next().await; // an input is not a stream
///     text.concat().await
/// }
/// ```
#[must_use = "a step without its input has nothing to work on"]
pub struct InputStream<T: Chunked> {
    chunks: ChunkStream<T>,
    /// The run that the input starts, if it is watched.
    run: Option<Arc<LiveRun>>,
    /// What that run has of the call's budget, if there is one.
    lease: Option<Arc<Lease>>,
}

impl<T: Chunked> InputStream<T> {
    /// The input that has come whole: for a step whose [`run_stream`](crate::Runnable::run_stream) does
    /// what its `run_transform` does.
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
    pub fn once(whole: T) -> Self {
        ChunkStream::once(whole).into()
    }

    /// The input of a run that starts with it.
    pub(crate) fn of_run(
        chunks: ChunkStream<T>,
        run: Option<Arc<LiveRun>>,
        lease: Option<Arc<Lease>>,
    ) -> Self {
        Self { chunks, run, lease }
    }

    /// The chunks of the input, as they come. The run starts with the first of them.
    pub fn into_chunks(self) -> ChunkStream<T> {
        match self.run {
            Some(run) => ChunkStream::new(InputTap::new(self.chunks, run)),
            None => self.chunks,
        }
    }

    /// The whole input, once it has all come. The run starts then.
    ///
    /// Under a limit, the run is at work from then on, so this also waits for its turn.
    ///
    /// # Errors
    ///
    /// Those of [`ChunkStream::concat`]: the error of the step before, or that the chunks make up no
    /// whole.
    pub async fn concat(self) -> Result<T> {
        let whole = self.chunks.concat().await?;
        if let Some(run) = self.run {
            run.start(Some(Payload::new(&whole)));
        }
        if let Some(lease) = self.lease {
            lease.fill().await;
        }
        Ok(whole)
    }

    /// The chunks that a function gives for the whole input, once that has all come. The run starts
    /// then. An error of the input is the only item of the stream.
    pub fn concat_then<O: Chunked>(
        self,
        then: impl FnOnce(T) -> ChunkStream<O> + Send + 'static,
    ) -> ChunkStream<O> {
        let output = self.concat().map(|whole| match whole {
            Ok(whole) => then(whole),
            Err(error) => ChunkStream::error(error),
        });
        ChunkStream::new(output.boxed().flatten_stream())
    }
}

/// The input of a step that is called without a run of its own, such as by a step that is not a run.
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
