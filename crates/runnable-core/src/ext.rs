//! The [`RunnableExt`] trait: how users call and combine steps.

use std::{borrow::Cow, fmt, time::Duration};

use futures_core::Stream;
use futures_util::{StreamExt, stream};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    ChunkStream, Chunked, DynRunnable, Error, Graph, Result, RunConfig, RunEvent, Runnable,
    calls::{Batch, BatchAsCompleted, BatchStream, Invoke, OutputStream},
    combinators::{
        ConcurrencyLimit, ConfigurableAlternatives, ConfigurableField, Each, Fallbacks, Retry,
        RetryPolicy, Sequence, Timeout, Timeouts, WithConfig,
    },
    protocol::graph_of::graph_of,
};

/// Methods to call and combine steps, implemented for every [`Runnable`].
///
/// | to | use |
/// |---|---|
/// | call a step | [`invoke`](Self::invoke), [`stream`](Self::stream), [`transform`](Self::transform), [`batch`](Self::batch), [`batch_as_completed`](Self::batch_as_completed), [`batch_iter`](Self::batch_iter), [`batch_stream`](Self::batch_stream) |
/// | combine steps | [`pipe`](Self::pipe), [`each`](Self::each), [`with_fallback`](Self::with_fallback), [`configurable_alternatives`](Self::configurable_alternatives) |
/// | make a step robust | [`with_retry`](Self::with_retry), [`with_timeout`](Self::with_timeout), [`with_timeouts`](Self::with_timeouts), [`with_concurrency_limit`](Self::with_concurrency_limit) |
/// | configure a step | [`with_name`](Self::with_name), [`with_config`](Self::with_config), [`configurable_field`](Self::configurable_field), [`declares`](Self::declares) |
/// | observe a step | [`on_start`](Self::on_start), [`on_end`](Self::on_end), [`on_error`](Self::on_error), [`graph`](Self::graph) |
///
/// # Calls
///
/// A call does nothing until it is awaited or polled. Before that, set a
/// [`RunConfig`](crate::RunConfig) with the `config` method of the call. Several configurations are
/// [merged](crate::RunConfig#merging). Dropping a call cancels it and everything that runs inside
/// it.
///
/// # Order of wrappers
///
/// If you use several wrappers, this order suits most chains, from the inside to the outside:
///
/// ```
/// use std::time::Duration;
/// use runnable_core::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let (step, other) = (passthrough::<String>(), passthrough());
/// let step = step
///     .with_timeout(Duration::from_secs(30)) // for each attempt, without the wait for a permit
///     .with_concurrency_limit(4) // the permit is free between two attempts
///     .with_retry(RetryPolicy::new())
///     .with_fallback(other); // after the last attempt
/// assert_eq!(step.invoke("hi").await?, "hi");
/// # Ok(())
/// # }
/// ```
pub trait RunnableExt: Runnable {
    /// Calls this step with a complete input and returns its complete output.
    ///
    /// # Errors
    ///
    /// Returns the first error of this step, or of a step inside it.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the call, and an output that was not returned is lost.
    ///
    /// # Panics
    ///
    /// The future panics if it is polled again after it has completed.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let shout = lambda(|text: String| text.to_uppercase());
    ///
    /// assert_eq!(shout.invoke("hello").await?, "HELLO");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "ainvoke")]
    fn invoke(&self, input: impl Into<Self::Input>) -> Invoke<Self> {
        Invoke::new(self.clone(), input.into())
    }

    /// Calls this step with a complete input and returns a stream of output chunks.
    ///
    /// Merging the chunks gives the value that [`invoke`](Self::invoke) returns.
    ///
    /// # Errors
    ///
    /// An error is the last item of the stream. Chunks that came before it remain valid.
    ///
    /// # Cancel safety
    ///
    /// [`next`](OutputStream::next) is cancel safe: if its future is dropped before it completes,
    /// no chunk is lost. Dropping the stream itself cancels the call.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let shout = map_chunks(|text: String| text.to_uppercase());
    ///
    /// let mut chunks = shout.stream("hello");
    /// assert_eq!(chunks.next().await.transpose()?.as_deref(), Some("HELLO"));
    /// assert!(chunks.next().await.is_none());
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "astream")]
    fn stream(&self, input: impl Into<Self::Input>) -> OutputStream<Self::Output> {
        OutputStream::stream(self.clone(), input.into())
    }

    /// Calls this step with a stream of input chunks and returns a stream of output chunks.
    ///
    /// A step that can process chunks starts with the first chunk. A step that needs its complete
    /// input gathers `input` first.
    ///
    /// # Errors
    ///
    /// An error of `input` or of the step is the last item of the stream.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures::stream;
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let shout = map_chunks(|text: String| text.to_uppercase());
    /// let input = stream::iter([Ok("hello, ".to_owned()), Ok("ada".to_owned())]);
    ///
    /// let mut chunks = shout.transform(input);
    /// assert_eq!(chunks.next().await.transpose()?.as_deref(), Some("HELLO, "));
    /// assert_eq!(chunks.next().await.transpose()?.as_deref(), Some("ADA"));
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "atransform")]
    fn transform(
        &self,
        input: impl Stream<Item = Result<<Self::Input as Chunked>::Chunk>> + Send + 'static,
    ) -> OutputStream<Self::Output> {
        OutputStream::transform(self.clone(), ChunkStream::new(input))
    }

    /// Calls this step once for each input and returns one `Result` per input, in input order.
    ///
    /// An input that fails or panics does not affect the others. All inputs run concurrently,
    /// unless the call has a [`max_concurrency`](crate::calls::Batch::max_concurrency).
    ///
    /// The inputs can be borrowed, as in `batch(&strings)`. Pass a slice of `&str` as
    /// `texts.iter().copied()`.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels all inputs, and the results that exist already are lost. Use
    /// [`batch_as_completed`](Self::batch_as_completed) to keep them.
    ///
    /// # Panics
    ///
    /// The future panics if it is polled again after it has completed.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let number = try_lambda(|text: String| text.parse::<u64>());
    ///
    /// let results = number.batch(["1", "two", "3"]).max_concurrency(2).await;
    /// assert_eq!(*results[0].as_ref().unwrap(), 1);
    /// assert!(results[1].is_err());
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "abatch")]
    fn batch<I>(&self, inputs: I) -> Batch<Self>
    where
        I: IntoIterator<Item: Into<Self::Input>>,
    {
        Batch::new(self.clone(), inputs.into_iter().map(Into::into).collect())
    }

    /// Calls this step once for each input and returns a stream of results in completion order.
    ///
    /// Each result is paired with the index of its input.
    ///
    /// # Cancel safety
    ///
    /// [`next`](BatchAsCompleted::next) is cancel safe: no result is lost. Dropping the stream
    /// cancels all inputs that have not completed.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let double = lambda(|n: u64| n * 2);
    ///
    /// let mut sum = 0;
    /// let mut results = double.batch_as_completed([1u64, 2, 3]);
    /// while let Some((index, result)) = results.next().await {
    ///     println!("input {index} has completed");
    ///     sum += result?;
    /// }
    /// assert_eq!(sum, 12);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "abatch_as_completed")]
    fn batch_as_completed<I>(&self, inputs: I) -> BatchAsCompleted<Self>
    where
        I: IntoIterator<Item: Into<Self::Input>>,
    {
        BatchAsCompleted::new(self.clone(), inputs.into_iter().map(Into::into).collect())
    }

    /// Calls this step once for each input of an iterator and returns a stream of results, in input
    /// order.
    ///
    /// The call advances the iterator only if there is room for an input, so the inputs are never
    /// all in memory. By default, at most 64 inputs run or wait for an earlier result: see
    /// [the window](BatchStream#the-window). Use
    /// [`as_completed`](BatchStream::as_completed) to get each result as soon as it exists.
    ///
    /// The iterator is advanced on the thread that polls the stream. If it blocks for long, pass a
    /// stream to [`batch_stream`](Self::batch_stream) instead.
    ///
    /// # Errors
    ///
    /// An input that fails yields its error, and does not affect the others. An invalid
    /// configuration, or a cancelled token,
    /// [stops the call](BatchStream#errors-that-stop-the-call).
    ///
    /// # Cancel safety
    ///
    /// [`next`](BatchStream::next) is cancel safe: no result is lost. Dropping the stream cancels
    /// all inputs that have not completed.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let double = lambda(|n: u64| n * 2);
    ///
    /// let mut sum = 0;
    /// let mut results = double.batch_iter(0..100_000u64).max_concurrency(16);
    /// while let Some(result) = results.next().await {
    ///     sum += result?;
    /// }
    /// assert_eq!(sum, 9_999_900_000);
    /// # Ok(())
    /// # }
    /// ```
    fn batch_iter<I>(&self, inputs: I) -> BatchStream<Self>
    where
        I: IntoIterator<Item: Into<Self::Input>, IntoIter: Send + 'static>,
    {
        self.batch_stream(stream::iter(inputs))
    }

    /// Calls this step once for each input of a stream and returns a stream of results, in input
    /// order.
    ///
    /// Inputs start as they arrive. The stream of inputs may be endless, and it may be pending for
    /// long: results that exist are yielded in the meantime. The call polls it only if there is
    /// room for an input, so the inputs are never all in memory. By default, at most 64 inputs run
    /// or wait for an earlier result: see [the window](BatchStream#the-window). Use
    /// [`as_completed`](BatchStream::as_completed) to get each result as soon as it exists.
    ///
    /// # Errors
    ///
    /// An input that fails yields its error, and does not affect the others. An invalid
    /// configuration, or a cancelled token,
    /// [stops the call](BatchStream#errors-that-stop-the-call).
    ///
    /// # Cancel safety
    ///
    /// [`next`](BatchStream::next) is cancel safe: no result is lost. Dropping the stream cancels
    /// all inputs that have not completed.
    ///
    /// # Panics
    ///
    /// A panic of `inputs` reaches the caller that polls the results.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures::{StreamExt, channel::mpsc};
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let shout = lambda(|text: String| text.to_uppercase());
    ///
    /// let (mut sender, questions) = mpsc::channel(8);
    /// let mut answers = shout.batch_stream(questions);
    ///
    /// sender.try_send("hello").map_err(Error::other)?;
    /// assert_eq!(answers.next().await.transpose()?.as_deref(), Some("HELLO"));
    /// drop(sender);
    /// assert!(answers.next().await.is_none());
    /// # Ok(())
    /// # }
    /// ```
    fn batch_stream<S>(&self, inputs: S) -> BatchStream<Self>
    where
        S: Stream<Item: Into<Self::Input>> + Send + 'static,
    {
        BatchStream::new(self.clone(), inputs.map(|input| input.into()).boxed())
    }

    /// Passes the output of this step to `next` as its input.
    ///
    /// Chunks are passed on as they arrive, if `next` can process chunks. A chain is flat: its run
    /// has one child run per step, however the `pipe` calls are nested. Types that do not match are
    /// an error at compile time.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let greet = lambda(|name: String| format!("hello, {name}"));
    /// let shout = map_chunks(|text: String| text.to_uppercase());
    ///
    /// assert_eq!(greet.pipe(shout).invoke("ada").await?, "HELLO, ADA");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "RunnableSequence")]
    fn pipe<R>(self, next: R) -> Sequence<Self, R>
    where
        R: Runnable<Input = Self::Output>,
    {
        Sequence::new(self, next)
    }

    /// Retries this step if it fails with an error that `policy` accepts.
    ///
    /// See [`RetryPolicy`] for the defaults. The input is gathered first, because each attempt
    /// needs it. A streamed step is retried only until its first chunk with content, because the
    /// caller has already received that chunk.
    ///
    /// # Errors
    ///
    /// Returns the error of the last attempt. [`Error::attempts`] is the number of failed attempts.
    ///
    /// # Panics
    ///
    /// The call panics if it waits between attempts outside a tokio runtime.
    ///
    /// # Order of wrappers
    ///
    /// | wrapper inside `with_retry` | effect |
    /// |---|---|
    /// | [`with_timeout`](Self::with_timeout) | each attempt has the full time |
    /// | [`with_concurrency_limit`](Self::with_concurrency_limit) | the permit is free while the retry waits |
    ///
    /// Place [`with_fallback`](Self::with_fallback) outside. A fallback inside hides the error from
    /// the retry. Retries inside retries multiply the number of attempts.
    ///
    /// A retry cannot deadlock by itself. With a concurrency limit outside, a waiting retry holds
    /// its permit, so that one failing run blocks other runs until its last attempt.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    /// # use std::sync::{Arc, atomic::{AtomicU32, Ordering}};
    ///
    /// /// Fails at the first call, and returns its input at the second.
    /// fn flaky() -> impl Runnable<Input = String, Output = String> {
    ///     // …
    /// #     let calls = Arc::new(AtomicU32::new(0));
    /// #     try_lambda(move |text: String| match calls.fetch_add(1, Ordering::Relaxed) {
    /// #         0 => Err(Error::new(ErrorKind::Unavailable, "the service is overloaded")),
    /// #         _ => Ok(text),
    /// #     })
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let policy = || RetryPolicy::new().without_backoff();
    /// let other = || lambda(|_: String| "from the fallback".to_owned());
    ///
    /// // Wrong: the fallback succeeds, so the retry has no error to act on.
    /// let chain = flaky().with_fallback(other()).with_retry(policy());
    /// assert_eq!(chain.invoke("hi").await?, "from the fallback");
    ///
    /// // Right: the fallback is called after the last attempt.
    /// let chain = flaky().with_retry(policy()).with_fallback(other());
    /// assert_eq!(chain.invoke("hi").await?, "hi");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias("retry", "RunnableRetry"))]
    fn with_retry(self, policy: RetryPolicy) -> Retry<Self>
    where
        Self::Input: Clone,
    {
        Retry::new(self, policy)
    }

    /// Calls `other` with the same input if this step fails.
    ///
    /// Call `with_fallback` on the result to add more fallbacks, which are tried in order. Use
    /// [`Fallbacks::when`] to fall back only from some errors. A streamed step falls back only
    /// until its first chunk with content, because the caller has already received that chunk.
    ///
    /// # Errors
    ///
    /// If all steps fail, or [`Fallbacks::when`] rejects an error, returns the error of the first
    /// step. A cancellation is returned at once.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let broken = try_lambda(|_: String| Result::<String, _>::Err("out of order"));
    /// let chain = broken.with_fallback(lambda(|text: String| text.to_uppercase()));
    ///
    /// assert_eq!(chain.invoke("hi").await?, "HI");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias("with_fallbacks", "RunnableWithFallbacks"))]
    fn with_fallback<R>(self, other: R) -> Fallbacks<Self::Input, Self::Output>
    where
        Self::Input: Clone,
        R: Runnable<Input = Self::Input, Output = Self::Output>,
    {
        Fallbacks::new(self.into_dyn()).with_fallback(other)
    }

    /// Calls `other` if this step fails. `make_input` creates the input of `other` from the input
    /// of this step and the error.
    ///
    /// Use this to let a model correct an answer: `make_input` can add the error to the prompt.
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`with_fallback`](Self::with_fallback).
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let number = try_lambda(|text: String| text.parse::<u64>().map(|n| n.to_string()));
    /// let explained = number.with_fallback_input(passthrough(), |text, error| {
    ///     format!("{text}: {}", error.message())
    /// });
    ///
    /// assert_eq!(explained.invoke("four").await?, "four: invalid digit found in string");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "exception_key")]
    fn with_fallback_input<R>(
        self,
        other: R,
        make_input: impl Fn(Self::Input, &Error) -> Self::Input + Send + Sync + 'static,
    ) -> Fallbacks<Self::Input, Self::Output>
    where
        Self::Input: Clone,
        R: Runnable<Input = Self::Input, Output = Self::Output>,
    {
        Fallbacks::new(self.into_dyn()).with_fallback_input(other, make_input)
    }

    /// Fails this step with a timeout error if it takes longer than `limit` in total.
    ///
    /// The clock starts when the step is first polled. It stops while the caller does not poll a
    /// result that is ready: see [`Timeout`]. In a stream, a step is polled before its input is
    /// complete, so the time includes the wait for that input.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::Timeout`](crate::ErrorKind::Timeout) with the phase
    /// [`TimeoutPhase::Step`](crate::TimeoutPhase::Step) if the limit is exceeded. The step is
    /// dropped, which cancels it.
    ///
    /// # Panics
    ///
    /// The call panics if the step has to wait outside a tokio runtime.
    ///
    /// # Order of wrappers
    ///
    /// | wrapper | inside `with_timeout` | outside `with_timeout` |
    /// |---|---|---|
    /// | [`with_retry`](Self::with_retry) | one limit for all attempts and the waits between them | one limit for each attempt |
    /// | [`with_concurrency_limit`](Self::with_concurrency_limit) | the wait for a permit counts | the wait for a permit does not count |
    ///
    /// A timeout ends a deadlock of two calls that wait for each other. It does not end a stream
    /// that you stop reading, because the clock stands still while a chunk is ready. Such a stream
    /// keeps the permit of its concurrency limit until you read it to its end or drop it.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use runnable_core::prelude::*;
    /// # use std::sync::{Arc, atomic::{AtomicU32, Ordering}};
    ///
    /// /// Hangs at the first call, and returns its input at the second.
    /// fn hangs_once() -> impl Runnable<Input = String, Output = String> {
    ///     // …
    /// #     let calls = Arc::new(AtomicU32::new(0));
    /// #     async_lambda(move |text: String, _| {
    /// #         let first = calls.fetch_add(1, Ordering::Relaxed) == 0;
    /// #         async move {
    /// #             if first {
    /// #                 std::future::pending::<()>().await;
    /// #             }
    /// #             Ok(text)
    /// #         }
    /// #     })
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let limit = Duration::from_millis(20);
    /// let policy = || RetryPolicy::new().without_backoff();
    ///
    /// // Wrong: the first attempt uses up the time of all attempts.
    /// let chain = hangs_once().with_retry(policy()).with_timeout(limit);
    /// let error = chain.invoke("hi").await.unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Timeout);
    ///
    /// // Right: each attempt has the full time.
    /// let chain = hangs_once().with_timeout(limit).with_retry(policy());
    /// assert_eq!(chain.invoke("hi").await?, "hi");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "timeout")]
    fn with_timeout(self, limit: Duration) -> Timeout<Self> {
        Timeout::new(self, Timeouts::new().total(limit))
    }

    /// Sets several time limits: in total, until the first chunk, and between two chunks.
    ///
    /// The limits on chunks have no effect on [`invoke`](Self::invoke). See
    /// [`with_timeout`](Self::with_timeout) for the order of wrappers.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::Timeout`](crate::ErrorKind::Timeout) if a limit is exceeded.
    /// [`Error::timeout_phase`] returns which limit it was.
    ///
    /// # Panics
    ///
    /// The call panics if the step has to wait outside a tokio runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use runnable_core::{TimeoutPhase, prelude::*};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let stuck = async_lambda(|_: String, _| std::future::pending::<Result<String>>());
    /// let limits = Timeouts::new()
    ///     .first_chunk(Duration::from_millis(5))
    ///     .total(Duration::from_secs(60));
    ///
    /// let error = stuck.with_timeouts(limits).stream("hi").concat().await.unwrap_err();
    /// assert_eq!(error.timeout_phase(), Some(TimeoutPhase::FirstChunk));
    /// # }
    /// ```
    fn with_timeouts(self, limits: Timeouts) -> Timeout<Self> {
        Timeout::new(self, limits)
    }

    /// Limits how many runs of this step are open at once, over all calls and all clones.
    ///
    /// Use this for a shared resource, such as a local model that fits into memory once. To limit
    /// the work of a single call, use [`RunConfig::max_concurrency`].
    ///
    /// A run acquires its permit when its input is complete, and releases it when its output has
    /// ended or is dropped. Waiting runs receive permits in the order in which they started to
    /// wait.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) from every call if
    /// `limit` is 0.
    ///
    /// # Order of wrappers
    ///
    /// Place [`with_timeout`](Self::with_timeout) inside, so that the time does not include the
    /// wait for a permit. Place [`with_retry`](Self::with_retry) outside, so that a retry releases
    /// the permit while it waits. Share the limit by cloning the returned step: each call of
    /// `with_concurrency_limit` creates a separate limit.
    ///
    /// # Deadlocks
    ///
    /// A stream of this step holds its permit while you do not poll it. Read it to its end, or drop
    /// it, before you wait for another run of this step. Two limited steps that call each other can
    /// deadlock, too. A limited step that calls itself cannot: the inner run borrows the permit of
    /// the outer run, which waits.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures::FutureExt;
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let model = async_lambda(|text: String, _| async move { Ok(text.to_uppercase()) });
    /// let model = model.with_concurrency_limit(1);
    ///
    /// // The two clones share one permit.
    /// let both = parallel((model.clone(), model.clone()));
    /// assert_eq!(both.invoke("a").await?, ("A".to_owned(), "A".to_owned()));
    ///
    /// // Wrong: the open stream holds the only permit, so this call would wait forever.
    /// let mut stream = model.stream("a");
    /// stream.next().await.transpose()?;
    /// assert!(model.invoke("b").now_or_never().is_none());
    ///
    /// // Right: drop the stream, or read it to its end, before the next call.
    /// drop(stream);
    /// assert_eq!(model.invoke("b").await?, "B");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// With a timeout:
    ///
    /// ```
    /// use std::time::Duration;
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() {
    /// let limit = Duration::from_secs(5);
    /// let slow = || async_lambda(|n: u64, _| async move {
    ///     tokio::time::sleep(Duration::from_secs(3)).await;
    ///     Ok(n)
    /// });
    ///
    /// // Wrong: the second run waits 3 s for the permit, and has 2 s left to work.
    /// let step = slow().with_concurrency_limit(1).with_timeout(limit);
    /// assert!(step.batch([1u64, 2]).await[1].is_err());
    ///
    /// // Right: the clock of each run starts when the run has a permit.
    /// let step = slow().with_timeout(limit).with_concurrency_limit(1);
    /// assert!(step.batch([1u64, 2]).await[1].is_ok());
    /// # }
    /// ```
    #[doc(alias("limit_concurrency", "rate_limiter"))]
    fn with_concurrency_limit(self, limit: usize) -> ConcurrencyLimit<Self> {
        ConcurrencyLimit::new(self, limit)
    }

    /// Returns a step on lists that runs this step once for each item.
    ///
    /// Items run concurrently, up to the [`RunConfig::max_concurrency`] of the call. Outputs keep
    /// the order of the items, and each output is a chunk.
    ///
    /// # Errors
    ///
    /// Returns the first error of any item, and cancels the other items.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let words = lambda(|text: String| text.split(' ').map(str::to_owned).collect::<Vec<_>>());
    /// let lengths = words.pipe(lambda(|word: String| word.len()).each());
    ///
    /// assert_eq!(lengths.invoke("one three").await?, [3, 5]);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias("map", "RunnableEach"))]
    fn each(self) -> Each<Self>
    where
        Self::Input: Clone + fmt::Debug + Serialize,
        Self::Output: Clone + fmt::Debug + Serialize,
    {
        Each::new(self)
    }

    /// Lets a call choose between this step and others by name.
    ///
    /// This step is the default, and `name` is its name. Add other steps with
    /// [`ConfigurableAlternatives::with`]. To choose a step, a call sets `key` to the name of the
    /// step with [`RunConfig::configurable`].
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) if the call names an
    /// unknown alternative.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let shout = map_chunks(|text: String| text.to_uppercase());
    /// let voice = passthrough().configurable_alternatives("voice", "calm").with("loud", shout);
    ///
    /// assert_eq!(voice.invoke("hello").await?, "hello");
    /// let loud = RunConfig::new().configurable("voice", "loud");
    /// assert_eq!(voice.invoke("hello").config(loud).await?, "HELLO");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "RunnableConfigurableAlternatives")]
    fn configurable_alternatives(
        self,
        key: impl Into<String>,
        name: impl Into<Cow<'static, str>>,
    ) -> ConfigurableAlternatives<Self::Input, Self::Output> {
        ConfigurableAlternatives::new(key.into(), name.into(), self.into_dyn())
    }

    /// Lets a call change this step.
    ///
    /// If a call sets `key` with [`RunConfig::configurable`], `change` receives this step and the
    /// value, and returns the step to run. If the call does not set `key`, this step runs
    /// unchanged.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) if the value cannot be
    /// deserialized as `T`.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// #[derive(Clone)]
    /// struct Indent(usize);
    ///
    /// impl Runnable for Indent {
    ///     type Input = String;
    ///     type Output = String;
    ///
    ///     async fn run(&self, text: String, _: RunContext) -> Result<String> {
    ///         Ok(format!("{:width$}{text}", "", width = self.0))
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let indent = Indent(1).configurable_field("indent", |_, width: usize| Indent(width));
    ///
    /// assert_eq!(indent.invoke("hi").await?, " hi");
    /// let wide = RunConfig::new().configurable("indent", 3);
    /// assert_eq!(indent.invoke("hi").config(wide).await?, "   hi");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias("configurable_fields", "RunnableConfigurableFields"))]
    fn configurable_field<T: DeserializeOwned>(
        self,
        key: impl Into<String>,
        change: impl Fn(Self, T) -> Self + Send + Sync + 'static,
    ) -> ConfigurableField<Self> {
        ConfigurableField::new(self).configurable_field(key, change)
    }

    /// Declares that this step reads the configurable value of `key`.
    ///
    /// A step reads the value with [`RunContext::configurable`](crate::RunContext::configurable).
    /// The graph of a chain shows declared keys, and a call may set only declared keys. Functions
    /// need this method, because a chain cannot see which keys their code reads.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let greet = async_lambda(|greeting: String, cx: RunContext| async move {
    ///     let user = cx.configurable("user_id").cloned().unwrap_or_default();
    ///     Ok(format!("{greeting}, {user}"))
    /// });
    /// let greet = greet.declares("user_id");
    ///
    /// let config = RunConfig::new().configurable("user_id", 7);
    /// assert_eq!(greet.invoke("hello").config(config).await?, "hello, 7");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias("ConfigurableFieldSpec", "config_specs"))]
    fn declares(self, key: impl Into<String>) -> ConfigurableField<Self> {
        ConfigurableField::new(self).declares(key)
    }

    /// Attaches a configuration to this step, which applies to every call of the step.
    ///
    /// Tags and listeners are added to the tags and listeners of the call. For settings that can
    /// have only one value, such as the name or the metadata of a key, the value of the call takes
    /// precedence. Time limits and cancellation tokens of the call and of this configuration all
    /// apply. See [`RunConfig`](RunConfig#merging) for the full table.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) from every call if
    /// `config` is invalid for this step, for example because of an unknown configurable key.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let tags = async_lambda(|_: String, cx: RunContext| async move {
    ///     Ok(cx.tags().collect::<Vec<_>>().join(","))
    /// });
    /// let tags = tags.with_config(RunConfig::new().tag("step"));
    ///
    /// assert_eq!(tags.invoke("").config(RunConfig::new().tag("call")).await?, "call,step");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias("RunnableBinding", "bind"))]
    fn with_config(self, config: RunConfig) -> WithConfig<Self> {
        WithConfig::new(self, config)
    }

    /// Invokes `listener` when a run of this step starts.
    ///
    /// The listener observes only the run of this step. To observe the runs inside it as well, use
    /// [`RunConfig::listener`]. If this step is transparent, such as a router, the listener
    /// observes the run of the step that is called in its place.
    ///
    /// `listener` is called on the task that runs the step, so it must not block. If it panics, the
    /// run continues, and the call does not call `listener` again.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::{Arc, atomic::{AtomicU32, Ordering}};
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let starts = Arc::new(AtomicU32::new(0));
    /// let counter = Arc::clone(&starts);
    /// let shout = lambda(|text: String| text.to_uppercase()).on_start(move |event| {
    ///     println!("{} started", event.run.name);
    ///     counter.fetch_add(1, Ordering::Relaxed);
    /// });
    ///
    /// shout.invoke("hi").await?;
    /// assert_eq!(starts.load(Ordering::Relaxed), 1);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias("with_listeners", "with_alisteners"))]
    fn on_start(
        self,
        listener: impl Fn(&RunEvent<'_>) + Send + Sync + 'static,
    ) -> WithConfig<Self> {
        WithConfig::new(self, RunConfig::new().on_start(listener))
    }

    /// Invokes `listener` when a run of this step has returned its complete output.
    ///
    /// See [`on_start`](Self::on_start) for which runs the listener observes and how it is called.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::{sync::mpsc, time::Duration};
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let (sender, durations) = mpsc::channel();
    /// let shout = lambda(|text: String| text.to_uppercase())
    ///     .on_end(move |event| sender.send(event.timing.elapsed).unwrap_or_default());
    ///
    /// shout.invoke("hi").await?;
    /// assert!(durations.try_recv().is_ok_and(|elapsed| elapsed < Duration::from_secs(60)));
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias("with_listeners", "with_alisteners"))]
    fn on_end(self, listener: impl Fn(&RunEvent<'_>) + Send + Sync + 'static) -> WithConfig<Self> {
        WithConfig::new(self, RunConfig::new().on_end(listener))
    }

    /// Invokes `listener` when a run of this step fails or is cancelled.
    ///
    /// For each run that has started, either this listener or the listener of
    /// [`on_end`](Self::on_end) is invoked, exactly once. See [`on_start`](Self::on_start) for
    /// which runs the listener observes and how it is called.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::mpsc;
    /// use runnable_core::{RunEventData, prelude::*};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let (sender, failures) = mpsc::channel();
    /// let number = try_lambda(|text: String| text.parse::<u64>()).on_error(move |event| {
    ///     let reason = match &event.data {
    ///         RunEventData::Error { error, .. } => error.message(),
    ///         _ => "cancelled".to_owned(),
    ///     };
    ///     sender.send(reason).unwrap_or_default();
    /// });
    ///
    /// assert!(number.invoke("many").await.is_err());
    /// assert_eq!(failures.try_recv().as_deref(), Ok("invalid digit found in string"));
    /// # }
    /// ```
    #[doc(alias("with_listeners", "with_alisteners"))]
    fn on_error(
        self,
        listener: impl Fn(&RunEvent<'_>) + Send + Sync + 'static,
    ) -> WithConfig<Self> {
        WithConfig::new(self, RunConfig::new().on_error(listener))
    }

    /// Sets the name of this step, which appears in its runs and in the path of its errors.
    ///
    /// A named sequence is not flattened: if you pipe it to other steps, it remains one step with
    /// its own run.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let number = try_lambda(|text: String| text.parse::<u64>()).with_name("number");
    ///
    /// let error = number.invoke("many").await.unwrap_err();
    /// assert_eq!(error.to_string(), "invalid digit found in string (in number)");
    /// # }
    /// ```
    fn with_name(self, name: impl Into<Cow<'static, str>>) -> WithConfig<Self> {
        WithConfig::new(self, RunConfig::new().run_name(name))
    }

    /// Returns the structure of this step as a [`Graph`].
    ///
    /// A graph displays as a tree, serializes to JSON, and converts to a Mermaid flowchart with
    /// [`Graph::to_mermaid`].
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// let trim = lambda(|text: String| text.trim().to_owned()).with_name("trim");
    /// let shout = lambda(|text: String| text.to_uppercase()).with_name("shout");
    ///
    /// assert_eq!(trim.pipe(shout).graph().to_string(), "\
    /// RunnableSequence
    /// ├─ trim
    /// └─ shout
    /// ");
    /// ```
    #[doc(alias = "get_graph")]
    fn graph(&self) -> Graph {
        graph_of(self)
    }

    /// Erases the type of this step, and keeps only its input and output types.
    ///
    /// Use this to name a chain in a struct field, to choose a step at run time, or to store steps
    /// of different types in one collection. A call of the result costs one more allocation than a
    /// call of this step.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// fn reply(loud: bool) -> DynRunnable<String, String> {
    ///     let trim = lambda(|text: String| text.trim().to_owned());
    ///     let shout = lambda(|text: String| text.to_uppercase());
    ///     if loud { trim.pipe(shout).into_dyn() } else { trim.into_dyn() }
    /// }
    ///
    /// assert_eq!(reply(true).invoke(" hi ").await?, "HI");
    /// assert_eq!(reply(false).invoke(" hi ").await?, "hi");
    /// # Ok(())
    /// # }
    /// ```
    fn into_dyn(self) -> DynRunnable<Self::Input, Self::Output> {
        DynRunnable::new(self)
    }
}

impl<R: Runnable> RunnableExt for R {}
