//! A call of a step, for its events.

use std::{
    fmt, mem,
    pin::Pin,
    sync::Arc,
    task::{self, Poll},
};

use futures_core::Stream;
use futures_util::StreamExt;
use runnable_core::{
    Chunked, Error, Result, RunConfig, Runnable, RunnableExt, calls::OutputStream,
};

use crate::{
    StreamEvent,
    filter::{Filter, Filtered},
    queue::EventQueue,
};

/// How many chunks one poll may pass over whose events nobody wants, before others have their turn.
const PASSED_OVER: usize = 64;

/// Streams the events of a step and of every step inside it.
pub trait StreamEventsExt: Runnable {
    /// Runs this step, streaming, for the events of its run and of every run inside it.
    ///
    /// Chat models inside stream even where they are invoked, so that their tokens can be seen.
    #[doc(alias = "astream_events")]
    fn stream_events(&self, input: impl Into<Self::Input>) -> EventStream<Self::Output> {
        EventStream::new(self.stream(input))
    }
}

impl<R: Runnable> StreamEventsExt for R {}

/// The call of a step: a stream of what happens in it. Made by [`StreamEventsExt::stream_events`].
///
/// It is pulled: polling it polls the chain, and hands out what happened meanwhile. So there is no
/// task, no channel and no loss; a slow reader slows the chain, and dropping it cancels the chain.
///
/// A step may call others in tasks of its own. Their events wake the reader, and the tasks wait for
/// the reader as the chain does. The stream ends with the call: it does not show what tasks do after
/// that, nor do they wait for the reader any longer.
///
/// If the call fails, its error follows the last event, as the last item.
///
/// # Filters
///
/// At first every run is shown. Once something is included, only runs are that have one of the
/// included names, kinds or tags; and never those that have an excluded one. What is not shown is
/// not made: no value is gathered or serialised for it, and a model that is only invoked does not
/// stream. What a step says of its own is shown if its run is. A filter only filters: it changes
/// neither the events that are left nor their parents.
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
}

enum State<O: Chunked> {
    Ready(OutputStream<O>),
    Running(OutputStream<O>),
    /// The error is still to be handed out.
    Failed(Error),
    Ended,
}

impl<O: Chunked> EventStream<O> {
    fn new(call: OutputStream<O>) -> Self {
        let state = State::Ready(call);
        Self { state, filter: Filter::default(), queue: Arc::default() }
    }

    /// Configures the call. What it was given before stays: see [merging](RunConfig#merging).
    ///
    /// A call that has been polled takes no configuration any more. It then stops, and its last item
    /// is an error of kind [`InvalidInput`](runnable_core::ErrorKind::InvalidInput).
    pub fn config(mut self, new: impl Into<RunConfig>) -> Self {
        self.state = match mem::replace(&mut self.state, State::Ended) {
            State::Ready(call) => State::Ready(call.config(new)),
            State::Running(call) => State::Running(call.config(new)),
            ended => ended,
        };
        self
    }

    /// Shows runs of these names.
    pub fn include_names<T: Into<String>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        self.filter.include.names(names);
        self
    }

    /// Shows runs of these kinds, such as `chat_model`.
    #[doc(alias = "include_types")]
    pub fn include_kinds<T: Into<String>>(mut self, kinds: impl IntoIterator<Item = T>) -> Self {
        self.filter.include.kinds(kinds);
        self
    }

    /// Shows runs that have one of these tags, given or inherited.
    pub fn include_tags<T: Into<String>>(mut self, tags: impl IntoIterator<Item = T>) -> Self {
        self.filter.include.tags(tags);
        self
    }

    /// Does not show runs of these names.
    pub fn exclude_names<T: Into<String>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        self.filter.exclude.names(names);
        self
    }

    /// Does not show runs of these kinds, such as `chat_model`.
    #[doc(alias = "exclude_types")]
    pub fn exclude_kinds<T: Into<String>>(mut self, kinds: impl IntoIterator<Item = T>) -> Self {
        self.filter.exclude.kinds(kinds);
        self
    }

    /// Does not show runs that have one of these tags, given or inherited.
    pub fn exclude_tags<T: Into<String>>(mut self, tags: impl IntoIterator<Item = T>) -> Self {
        self.filter.exclude.tags(tags);
        self
    }

    /// Shows the [retries](crate::EventData::Retry) of the runs that are shown, too: each attempt that
    /// failed, why, and how long the step waits. LangChain's `astream_events` has no such events, so
    /// they are left out unless you ask for them.
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
    /// let mut events = chain.stream_events(1u64).include_retries();
    /// let mut attempts = Vec::new();
    /// while let Some(Ok(event)) = events.next().await {
    ///     if let EventData::Retry { attempt, .. } = event.data {
    ///         attempts.push(attempt);
    ///     }
    /// }
    /// assert_eq!(attempts, [1, 2]);
    /// # }
    /// ```
    pub fn include_retries(mut self) -> Self {
        self.filter.retries = true;
        self
    }

    /// The next event, or `None` when the call has ended.
    pub fn next(&mut self) -> impl Future<Output = Option<Result<StreamEvent>>> + Send {
        StreamExt::next(self)
    }
}

impl<O: Chunked> Stream for EventStream<O> {
    type Item = Result<StreamEvent>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let mut passed_over = 0;
        this.queue.reader_is_awake();
        loop {
            if let Some(event) = this.queue.pop() {
                return Poll::Ready(Some(Ok(event)));
            }
            this.state = match mem::replace(&mut this.state, State::Ended) {
                State::Ready(call) => {
                    let filter = mem::take(&mut this.filter);
                    let listener = Filtered::new(filter, Arc::clone(&this.queue));
                    State::Running(call.config(RunConfig::new().listener(listener)))
                }
                State::Running(mut call) => {
                    let mut poll = call.poll_next_unpin(cx);
                    if let Poll::Ready(Some(Ok(_))) = poll {
                        passed_over += 1;
                        if passed_over > PASSED_OVER {
                            cx.waker().wake_by_ref();
                            poll = Poll::Pending;
                        }
                    }
                    match poll {
                        // The chunk's event is in the queue, unless a filter left it out.
                        Poll::Ready(Some(Ok(_))) => State::Running(call),
                        Poll::Ready(Some(Err(error))) => State::Failed(error),
                        Poll::Ready(None) => State::Ended,
                        Poll::Pending => {
                            this.state = State::Running(call);
                            return this.queue.poll_pop(cx).map(|event| Some(Ok(event)));
                        }
                    }
                }
                State::Failed(error) => {
                    this.queue.close();
                    return Poll::Ready(Some(Err(error)));
                }
                State::Ended => {
                    this.queue.close();
                    return Poll::Ready(None);
                }
            }
        }
    }
}

/// Frees the tasks that wait for the reader before the call itself is dropped.
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
