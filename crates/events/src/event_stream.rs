//! The stream of the events of a call.

use std::{
    fmt, mem,
    pin::Pin,
    sync::Arc,
    task::{self, Poll},
};

use futures_core::Stream;
use futures_util::StreamExt;
use runnable_core::{
    Chunked, Error, ErrorKind, Result, RunConfig, Runnable, RunnableExt, calls::OutputStream,
};

use crate::{
    StreamEvent,
    filter::{Filter, Filtered},
    queue::EventQueue,
};

/// The maximum number of output chunks that one poll skips because the filter excludes their
/// events. After this number, the stream lets other tasks run.
const MAX_SKIPPED_CHUNKS: usize = 64;

/// Adds [`stream_events`](Self::stream_events) to every step.
pub trait StreamEventsExt: Runnable {
    /// Calls this step, and streams the events of this step and of every step inside it.
    ///
    /// The step is called with [`stream`](RunnableExt::stream). Chat models inside this step stream
    /// even if they are called with `invoke`, so that there are events for their tokens.
    ///
    /// # Errors
    ///
    /// If the call fails, its error is the last item of the stream.
    ///
    /// # Cancel safety
    ///
    /// [`next`](EventStream::next) is cancel safe: if its future is dropped, no event is lost.
    /// Dropping the stream cancels the call.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    /// use runnable_events::StreamEventsExt;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let shout = lambda(|text: String| text.to_uppercase()).with_name("shout");
    ///
    /// let mut events = shout.stream_events("hi");
    /// assert_eq!(events.next().await.unwrap()?.to_string(), "on_chain_start shout");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "astream_events")]
    fn stream_events(&self, input: impl Into<Self::Input>) -> EventStream<Self::Output> {
        EventStream::new(self.stream(input))
    }
}

impl<R: Runnable> StreamEventsExt for R {}

/// A stream of the events of a call. Created by [`StreamEventsExt::stream_events`].
///
/// Polling the stream polls the chain, and returns the events that occurred. No task is spawned. No
/// event is dropped while the call runs: a slow reader slows the chain down instead. Dropping the
/// stream cancels the call.
///
/// If a step calls other steps in spawned tasks, the stream contains the events of these calls,
/// too. The tasks also wait for a slow reader, and the time in which they wait does not count for
/// time limits. When the call ends, the stream ends, even if spawned tasks are still running. Later
/// events of these tasks are discarded, and the tasks no longer wait for the reader.
///
/// If the call fails, the last item of the stream is the error of the call, after the last event.
///
/// # Filters
///
/// By default, the stream contains the events of every run. The `include_` methods restrict the
/// stream to runs that match at least one included name, kind or tag. The `exclude_` methods remove
/// matching runs, even if an `include_` method selects them.
///
/// A custom event is included if its run is included. Excluded events are never created, so they
/// cost nothing: their values are neither gathered nor serialized. In particular, a model that is
/// called with `invoke` normally streams its answer to produce chunk events. If these events are
/// excluded, the model streams only if another listener needs them. A filter changes neither the
/// remaining events nor their parents.
///
/// ```
/// use runnable_core::prelude::*;
/// use runnable_events::StreamEventsExt;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let trim = lambda(|text: String| text.trim().to_owned()).with_name("trim");
/// let shout = lambda(|text: String| text.to_uppercase()).with_name("shout");
///
/// let mut events = trim.pipe(shout).stream_events(" hi ").include_names(["shout"]);
/// assert_eq!(events.next().await.unwrap()?.event_name(), "on_chain_start");
/// # Ok(())
/// # }
/// ```
#[must_use = "a stream does nothing until it is polled"]
pub struct EventStream<O: Chunked> {
    state: State<O>,
    filter: Filter,
    queue: Arc<EventQueue>,
    /// Whether the queue stores the waker of this stream, because the stream waits for an event.
    is_waiting: bool,
}

enum State<O: Chunked> {
    Ready(OutputStream<O>),
    Running(OutputStream<O>),
    /// The call failed, and the stream has not yielded the error yet.
    Failed(Error),
    Ended,
}

impl<O: Chunked> EventStream<O> {
    fn new(call: OutputStream<O>) -> Self {
        let state = State::Ready(call);
        Self { state, filter: Filter::default(), queue: Arc::default(), is_waiting: false }
    }

    /// Configures the call. Earlier configurations are [merged](RunConfig#merging) with this one.
    ///
    /// # Errors
    ///
    /// If the stream has already been polled, the call stops. The last item is then an error of
    /// kind [`InvalidInput`](runnable_core::ErrorKind::InvalidInput).
    pub fn config(mut self, new: impl Into<RunConfig>) -> Self {
        self.state = match mem::replace(&mut self.state, State::Ended) {
            State::Ready(call) => State::Ready(call.config(new)),
            State::Running(call) => State::Running(call.config(new)),
            State::Failed(error) => State::Failed(error),
            State::Ended => {
                let message = "cannot configure a call that has ended; call `config` before you poll \
                               the stream";
                State::Failed(Error::new(ErrorKind::InvalidInput, message))
            }
        };
        self
    }

    /// Includes runs with one of these names.
    pub fn include_names<T: Into<String>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        self.filter.include.names(names);
        self
    }

    /// Includes runs of one of these kinds, such as `chat_model`.
    #[doc(alias = "include_types")]
    pub fn include_kinds<T: Into<String>>(mut self, kinds: impl IntoIterator<Item = T>) -> Self {
        self.filter.include.kinds(kinds);
        self
    }

    /// Includes runs with one of these tags, whether the tag is set on the run or inherited.
    pub fn include_tags<T: Into<String>>(mut self, tags: impl IntoIterator<Item = T>) -> Self {
        self.filter.include.tags(tags);
        self
    }

    /// Excludes runs with one of these names.
    pub fn exclude_names<T: Into<String>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        self.filter.exclude.names(names);
        self
    }

    /// Excludes runs of one of these kinds, such as `chat_model`.
    #[doc(alias = "exclude_types")]
    pub fn exclude_kinds<T: Into<String>>(mut self, kinds: impl IntoIterator<Item = T>) -> Self {
        self.filter.exclude.kinds(kinds);
        self
    }

    /// Excludes runs with one of these tags, whether the tag is set on the run or inherited.
    pub fn exclude_tags<T: Into<String>>(mut self, tags: impl IntoIterator<Item = T>) -> Self {
        self.filter.exclude.tags(tags);
        self
    }

    /// Includes the detail events of the selected runs.
    ///
    /// These are [retries](crate::EventData::Retry), [fallbacks](crate::EventData::Fallback),
    /// [waits](crate::EventData::Wait) and [reports](crate::EventData::Report). By default, they
    /// are not included, because LangChain's `astream_events` has no such events.
    ///
    /// ```
    /// use runnable_core::prelude::*;
    /// use runnable_events::{EventData, StreamEventsExt};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let down = try_lambda(|_: u64| {
    ///     Result::<u64, _>::Err(Error::new(ErrorKind::Unavailable, "the service is down"))
    /// });
    /// let chain = down.with_retry(RetryPolicy::new().without_backoff());
    /// let mut events = chain.stream_events(1u64).include_details();
    /// let mut attempts = Vec::new();
    /// while let Some(Ok(event)) = events.next().await {
    ///     if let EventData::Retry { attempt, .. } = event.data {
    ///         attempts.push(attempt);
    ///     }
    /// }
    /// assert_eq!(attempts, [1, 2]);
    /// # }
    /// ```
    pub fn include_details(mut self) -> Self {
        self.filter.details = true;
        self
    }

    /// Returns the next event in the queue, or waits for an event from a run that another task
    /// polls.
    fn poll_queue(&mut self, cx: &task::Context<'_>) -> Poll<Option<Result<StreamEvent>>> {
        let poll = self.queue.poll_pop(cx);
        self.is_waiting = poll.is_pending();
        poll.map(|event| Some(Ok(event)))
    }

    /// Returns the next event, or `None` if the call has ended.
    ///
    /// # Cancel safety
    ///
    /// This method is cancel safe: if the future is dropped before it completes, no event is lost.
    pub fn next(&mut self) -> impl Future<Output = Option<Result<StreamEvent>>> + Send {
        StreamExt::next(self)
    }
}

impl<O: Chunked> Stream for EventStream<O> {
    type Item = Result<StreamEvent>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let mut skipped_chunks = 0;
        if mem::take(&mut this.is_waiting) {
            this.queue.reader_is_awake();
        }
        loop {
            if let Some(event) = this.queue.pop() {
                return Poll::Ready(Some(Ok(event)));
            }
            // Borrow the call from `state`, because moving it out for each event would be slow.
            let State::Running(call) = &mut this.state else {
                match mem::replace(&mut this.state, State::Ended) {
                    State::Ready(call) => {
                        let filter = mem::take(&mut this.filter);
                        let listener = Filtered::new(filter, Arc::clone(&this.queue));
                        let call = call.config(RunConfig::new().listener(listener));
                        this.state = State::Running(call);
                        continue;
                    }
                    State::Failed(error) => {
                        this.queue.close();
                        return Poll::Ready(Some(Err(error)));
                    }
                    State::Running(_) | State::Ended => {
                        this.queue.close();
                        return Poll::Ready(None);
                    }
                }
            };
            match call.poll_next_unpin(cx) {
                // The event of this chunk is already in the queue, unless the filter excludes it.
                // Skip the chunk itself.
                Poll::Ready(Some(Ok(_))) if skipped_chunks < MAX_SKIPPED_CHUNKS => {
                    skipped_chunks += 1;
                }
                Poll::Ready(Some(Ok(_))) => {
                    cx.waker().wake_by_ref();
                    return this.poll_queue(cx);
                }
                Poll::Ready(Some(Err(error))) => this.state = State::Failed(error),
                Poll::Ready(None) => this.state = State::Ended,
                Poll::Pending => return this.poll_queue(cx),
            }
        }
    }
}

/// Closes the queue before the call is dropped. Tasks that wait for the reader can then continue.
impl<O: Chunked> Drop for EventStream<O> {
    fn drop(&mut self) {
        self.queue.close();
    }
}

impl<O: Chunked> fmt::Debug for EventStream<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream").finish_non_exhaustive()
    }
}
