//! [`Window`]: the items of a batch or of a list that run at the same time. [`ItemQueue`]: measures
//! how long the other items wait.

use std::{
    pin::Pin,
    sync::Arc,
    task::{self, Poll},
    time::Duration,
};

use futures_core::Stream;
use futures_util::{
    StreamExt,
    stream::{Fuse, FuturesUnordered},
    task::AtomicWaker,
};
use pin_project_lite::pin_project;
use tokio::time::Instant;

use super::budget::{Budget, Pool};

/// Measures how long the items of a batch or of a list wait until they may start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ItemQueue {
    /// The number of items that start immediately.
    limit: usize,
    /// The time at which the first items started. `None` if all items start immediately.
    since: Option<Instant>,
}

impl ItemQueue {
    /// Creates the queue of `count` items, of which `limit` start now.
    pub(crate) fn of(count: usize, limit: usize) -> Self {
        Self { limit, since: (limit < count).then(Instant::now) }
    }

    /// Creates the queue of items that are pulled when they may start, and so never wait.
    pub(crate) fn none() -> Self {
        Self { limit: usize::MAX, since: None }
    }

    /// Returns how long the item that now starts has waited.
    pub(crate) fn waited(self, index: usize) -> Duration {
        let since = self.since.filter(|_| index >= self.limit);
        since.map_or(Duration::ZERO, |since| since.elapsed())
    }
}

pin_project! {
    /// Runs up to `limit` items at the same time, and one more item for each run of the call that
    /// [pauses](crate::RunContext::pause).
    ///
    /// `buffer_unordered` does not suffice: an item that waits a minute for its next attempt would
    /// block the items after it, although it holds no permit in that time.
    pub(crate) struct Window<S: Stream> {
        #[pin]
        items: Fuse<S>,
        open: FuturesUnordered<S::Item>,
        // The number of items that have started so far.
        pulled: usize,
        limit: usize,
        pauses: Option<Watch>,
    }
}

/// Wakes a window when a run of the call pauses.
struct Watch {
    pool: Arc<Pool>,
    /// The waker of the window. `None` before the window first waits.
    waker: Option<Arc<AtomicWaker>>,
}

impl Watch {
    fn register(&mut self, task: &task::Context<'_>) {
        let Self { pool, waker } = self;
        let waker = waker.get_or_insert_with(|| {
            let waker = Arc::default();
            pool.pauses.add(&waker);
            waker
        });
        waker.register(task.waker());
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(waker) = &self.waker {
            self.pool.pauses.remove(waker);
        }
    }
}

impl<S: Stream<Item: Future>> Window<S> {
    pub(crate) fn new(items: S, limit: usize, budget: Option<&Budget>) -> Self {
        let pauses = budget.map(|budget| Watch { pool: Arc::clone(&budget.pool), waker: None });
        Self { items: items.fuse(), open: FuturesUnordered::new(), pulled: 0, limit, pauses }
    }

    /// Returns the number of items that have started so far.
    pub(crate) fn pulled(&self) -> usize {
        self.pulled
    }

    /// Returns the least number of items that have not started, and the greatest number if it is
    /// known.
    pub(crate) fn unpulled(&self) -> (usize, Option<usize>) {
        self.items.size_hint()
    }

    /// Returns the items that are running.
    pub(crate) fn open(&self) -> impl Iterator<Item = Pin<&S::Item>> {
        Pin::new(&self.open).iter_pin_ref()
    }

    /// Polls for the output of the next item that completes. `held` is the number of outputs that
    /// the caller holds back. Each of them takes the place of an item.
    pub(crate) fn poll_holding(
        self: Pin<&mut Self>,
        held: usize,
        task: &mut task::Context<'_>,
    ) -> Poll<Option<<S::Item as Future>::Output>> {
        let mut this = self.project();
        loop {
            let pauses = this.pauses.as_ref().map_or(0, |watch| watch.pool.pauses.count());
            let room = this.limit.saturating_add(pauses).saturating_sub(held);
            while this.open.len() < room {
                let Poll::Ready(Some(item)) = this.items.as_mut().poll_next(task) else { break };
                this.open.push(item);
                *this.pulled += 1;
            }
            match this.open.poll_next_unpin(task) {
                Poll::Ready(None) if !this.items.is_done() => return Poll::Pending,
                Poll::Ready(output) => return Poll::Ready(output),
                Poll::Pending => {}
            }
            let Some(watch) = this.pauses.as_mut().filter(|_| !this.items.is_done()) else {
                return Poll::Pending;
            };
            // Register before the pauses are counted again, so that a run that pauses later wakes
            // this window.
            watch.register(task);
            if watch.pool.pauses.count() <= pauses {
                return Poll::Pending;
            }
        }
    }
}

impl<S: Stream<Item: Future>> Stream for Window<S> {
    type Item = <S::Item as Future>::Output;

    fn poll_next(self: Pin<&mut Self>, task: &mut task::Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_holding(0, task)
    }
}
