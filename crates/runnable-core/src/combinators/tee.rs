//! One input stream for several steps.

use std::{
    array,
    collections::VecDeque,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{self, Poll, Waker, ready},
};

use futures_core::Stream;
use futures_util::StreamExt;

use crate::{ChunkStream, Chunked, Result};

/// How many chunks a branch may be ahead of another before it waits for it.
const LEAD: usize = 256;

/// Gives every chunk of `input` to `N` streams, as they ask for it.
///
/// Whoever asks first pulls the chunk; the others find it in their queue. The queues are bounded:
/// a stream that is [`LEAD`] chunks ahead of another waits until that one has taken some, or is
/// dropped.
pub(super) fn tee<T: Chunked, const N: usize>(input: ChunkStream<T>) -> [ChunkStream<T>; N] {
    let source = Source::shared(input, N);
    array::from_fn(|index| Tee::stream(&source, index))
}

/// [`tee`] for as many streams as are known at run time.
pub(super) fn tee_many<T: Chunked>(
    input: ChunkStream<T>,
    count: usize,
) -> impl Iterator<Item = ChunkStream<T>> {
    let source = Source::shared(input, count);
    (0..count).map(move |index| Tee::stream(&source, index))
}

struct Source<T: Chunked> {
    /// `None` once it has ended.
    input: Option<ChunkStream<T>>,
    /// `None` where the stream was dropped.
    branches: Vec<Option<Branch<T>>>,
}

struct Branch<T: Chunked> {
    queue: VecDeque<Result<T::Chunk>>,
    waker: Option<Waker>,
}

struct Tee<T: Chunked> {
    index: usize,
    source: Arc<Mutex<Source<T>>>,
}

impl<T: Chunked> Tee<T> {
    fn stream(source: &Arc<Mutex<Source<T>>>, index: usize) -> ChunkStream<T> {
        ChunkStream::new(Self { index, source: Arc::clone(source) })
    }

    fn source(&self) -> MutexGuard<'_, Source<T>> {
        self.source.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Chunked> Source<T> {
    fn shared(input: ChunkStream<T>, count: usize) -> Arc<Mutex<Self>> {
        let branch = || Some(Branch { queue: VecDeque::new(), waker: None });
        let branches = (0..count).map(|_| branch()).collect();
        Arc::new(Mutex::new(Self { input: Some(input), branches }))
    }

    fn others(&mut self, index: usize) -> impl Iterator<Item = &mut Branch<T>> {
        let branches = self.branches.iter_mut().enumerate();
        branches.filter(move |(i, _)| *i != index).filter_map(|(_, branch)| branch.as_mut())
    }

    /// Any of the others may be waiting for what this one has just done.
    fn wake_others(&mut self, index: usize) {
        self.others(index).filter_map(|branch| branch.waker.take()).for_each(Waker::wake);
    }

    fn poll(&mut self, index: usize, cx: &mut task::Context<'_>) -> Poll<Option<Result<T::Chunk>>> {
        let Some(branch) = self.branches.get_mut(index).and_then(Option::as_mut) else {
            return Poll::Ready(None);
        };
        if let Some(item) = branch.queue.pop_front() {
            if branch.queue.len() + 1 == LEAD {
                self.wake_others(index);
            }
            return Poll::Ready(Some(item));
        }
        branch.waker = Some(cx.waker().clone());
        let Some(input) = &mut self.input else {
            return Poll::Ready(None);
        };
        if self.branches.iter().flatten().any(|branch| branch.queue.len() >= LEAD) {
            return Poll::Pending;
        }
        let item = ready!(input.poll_next_unpin(cx));
        match &item {
            Some(item) => {
                self.others(index).for_each(|branch| branch.queue.push_back(item.clone()))
            }
            None => self.input = None,
        }
        self.wake_others(index);
        Poll::Ready(item)
    }
}

impl<T: Chunked> Stream for Tee<T> {
    type Item = Result<T::Chunk>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<Self::Item>> {
        self.source().poll(self.index, cx)
    }
}

impl<T: Chunked> Drop for Tee<T> {
    fn drop(&mut self) {
        let mut source = self.source();
        source.branches[self.index] = None;
        // The input may have been told to wake this one.
        source.wake_others(self.index);
    }
}
