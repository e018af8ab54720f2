//! [`OutputStream`]: a call that streams its output.

use std::{
    fmt, mem,
    pin::Pin,
    task::{self, Poll},
};

use futures_core::Stream;
use futures_util::StreamExt;

use crate::{
    ChunkStream, Chunked, Result, RunConfig, RunContext, Runnable, Scope,
    concurrency::round::Rounds,
    config::opened::Opened,
    policy::bounds::{Bounds, Passed},
    poll::{
        pace::Pace,
        segment::{OtherTree, is_driving},
    },
    scope::bounded_node::bounded_node,
};

/// The call of a step. It is a stream of output chunks.
///
/// Created by [`RunnableExt::stream`](crate::RunnableExt::stream) and
/// [`RunnableExt::transform`](crate::RunnableExt::transform). Dropping the stream cancels the call.
/// If the call fails, the error is the last item. After the last item, the stream returns `None`
/// each time it is polled.
///
/// # Fairness
///
/// In a tokio runtime, a stream that is always ready still lets other tasks run. It returns
/// `Pending` once after every 128 chunks, or after every chunk that takes half a millisecond or
/// more.
#[must_use = "a stream does nothing until it is polled"]
pub struct OutputStream<O: Chunked> {
    state: State<O>,
    pace: Pace,
}

enum State<O: Chunked> {
    // The configuration is boxed, because it is large and most calls have none.
    Ready(Open<O>, Option<Box<RunConfig>>),
    Running(ChunkStream<O>),
    Ended,
}

type Open<O> = Box<dyn FnOnce(Option<Box<RunConfig>>) -> Result<ChunkStream<O>> + Send>;

impl<O: Chunked> OutputStream<O> {
    pub(crate) fn stream<R: Runnable<Output = O>>(step: R, input: R::Input) -> Self {
        Self::new(step, move |step, scope| scope.stream(step, input))
    }

    pub(crate) fn transform<R: Runnable<Output = O>>(
        step: R,
        input: ChunkStream<R::Input>,
    ) -> Self {
        Self::new(step, move |step, scope| scope.transform(step, input))
    }

    fn new<R: Runnable>(
        step: R,
        call: impl FnOnce(&R, Scope<'_>) -> ChunkStream<O> + Send + 'static,
    ) -> Self {
        let open = move |config: Option<Box<RunConfig>>| {
            let (opened, budget) = Opened::call(config, &step);
            let Opened { cx, opening, bounds } = opened?;
            let bounded = |cx: RunContext| {
                let (cx, clock) = cx.timed(bounds.as_deref());
                let chunks = call(&step, Scope::root(&cx, opening));
                Bounds::stream(bounds.as_deref(), clock, chunks, Passed::by_call)
            };
            let mut chunks = bounded_node(&cx, bounds.is_some(), bounded);
            if budget.is_some() {
                chunks = ChunkStream::new(Rounds::new(budget.as_ref(), chunks));
            }
            if cx.depth() > 0 {
                return Ok(chunks);
            }
            let chunks = chunks.map(|item| item.map_err(crate::Error::leave_tree));
            Ok(if is_driving() {
                ChunkStream::new(OtherTree::new(chunks))
            } else {
                ChunkStream::new(chunks)
            })
        };
        Self { state: State::Ready(Box::new(open), None), pace: Pace::new() }
    }

    /// Adds a configuration to the call. Earlier settings are kept: see
    /// [merging](RunConfig#merging).
    ///
    /// Call this before the stream is polled. A later configuration stops the call, and the last
    /// item is an error of kind [`InvalidInput`](crate::ErrorKind::InvalidInput).
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let shout = map_chunks(|text: String| text.to_uppercase());
    /// let call = shout.stream("hello").config(RunConfig::new().tag("greeting"));
    /// assert_eq!(call.concat().await?, "HELLO");
    /// # Ok(())
    /// # }
    /// ```
    pub fn config(mut self, config: impl Into<RunConfig>) -> Self {
        match &mut self.state {
            State::Ready(_, current) => RunConfig::add_to(current, config),
            State::Running(_) | State::Ended => {
                self.state = State::Running(ChunkStream::error(RunConfig::too_late()));
            }
        }
        self
    }

    /// Returns the next chunk, or `None` if the stream has ended.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it completes, no chunk is lost.
    pub fn next(&mut self) -> impl Future<Output = Option<Result<O::Chunk>>> + Send {
        StreamExt::next(self)
    }

    /// Merges the remaining chunks into a complete value.
    ///
    /// # Errors
    ///
    /// Returns the error of the call, or an error if the chunks do not form a [complete
    /// value](Chunked::from_merged).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the call.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let shout = map_chunks(|text: String| text.to_uppercase());
    /// assert_eq!(shout.stream("hello").concat().await?, "HELLO");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias("gather", "collect", "add", "aadd", "merge"))]
    pub async fn concat(self) -> Result<O> {
        ChunkStream::new(self).concat().await
    }
}

impl<O: Chunked> Stream for OutputStream<O> {
    type Item = Result<O::Chunk>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if let State::Running(chunks) = &mut this.state {
            let poll = this.pace.poll(cx, |cx| chunks.poll_next_unpin(cx));
            if let Poll::Ready(None) = poll {
                self.state = State::Ended;
            }
            return poll;
        }
        match mem::replace(&mut self.state, State::Ended) {
            State::Ready(open, config) => match open(config) {
                Ok(chunks) => self.state = State::Running(chunks),
                Err(error) => return Poll::Ready(Some(Err(error))),
            },
            State::Running(_) | State::Ended => return Poll::Ready(None),
        }
        self.poll_next(cx)
    }
}

impl<O: Chunked> fmt::Debug for OutputStream<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Ready(..) => "ready",
            State::Running(_) => "running",
            State::Ended => "ended",
        };
        f.debug_struct("OutputStream").field("state", &state).finish_non_exhaustive()
    }
}
