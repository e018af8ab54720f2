//! [`SharedWork`]: work for which several runs wait.

use std::{
    fmt,
    pin::Pin,
    sync::{Arc, Weak},
    task::{self, Poll, ready},
};

use futures_core::Stream;
use futures_util::StreamExt;
use tokio::time::Instant;

use super::run_context::{RunContext, Shared};
use crate::{
    ChunkStream, Chunked, Result,
    concurrency::{
        lease::{Held, Lease},
        node::{Chunks, Handle},
    },
    observe::{inner_runs::InnerRuns, live_run::LiveRun},
};

/// Work for which several runs wait, such as one request for several equal calls. Created by
/// [`RunContext::share`].
///
/// A clone is a handle to the same work.
#[derive(Clone)]
pub struct SharedWork {
    inner: Arc<InnerRuns>,
    /// The lease of the work. Empty if the work has no concurrency limit.
    lease: Weak<Lease>,
}

impl RunContext {
    /// Creates work for which several runs wait, such as one request for several equal calls.
    ///
    /// `work` receives the context of the work, which belongs to this run. Returns the chunks of the
    /// work, and a handle to it. This run waits for the chunks as for those of a step that it calls.
    /// Every other run must use [`SharedWork::wait`] while it waits, also if it belongs to another
    /// call. Call [`SharedWork::leave`] if this run ends before the work.
    ///
    /// Under a [`max_concurrency`](crate::RunConfig::max_concurrency), the work counts for the limit
    /// of this run, as a step that this run calls.
    ///
    /// # Cancel safety
    ///
    /// If the stream is dropped, the work and the runs inside it are cancelled.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    /// use tokio::sync::Mutex;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let load = async_lambda(|key: String, cx: RunContext| async move {
    ///     let (chunks, work) = cx.share(|_| ChunkStream::once("a page".to_owned()));
    ///     let chunks = Mutex::new(chunks);
    ///     // Another run waits with its own context, and receives the page.
    ///     let other = lambda(|_: String| ());
    ///     other.invoke(key).config(&cx).await?;
    ///     let page = work.wait(&cx, async { chunks.lock().await.next().await }).await;
    ///     page.unwrap_or_else(|| Ok(String::new()))
    /// });
    /// assert_eq!(load.invoke("page").await?, "a page");
    /// # Ok(())
    /// # }
    /// ```
    pub fn share<T: Chunked>(
        &self,
        work: impl FnOnce(Self) -> ChunkStream<T> + Send + 'static,
    ) -> (ChunkStream<T>, SharedWork) {
        let shared = self.shared();
        let inner = InnerRuns::inside(shared.inner_runs.clone());
        let shared = Shared { inner_runs: Some(Arc::clone(&inner)), ..shared };
        let cx = self.clone().with_shared(shared);
        let (Some(budget), Some(around)) = (cx.budget(), cx.lease()) else {
            return (work(cx), SharedWork { inner, lease: Weak::new() });
        };
        let mut lease = Weak::new();
        let handle = Handle::new(budget, Some(around), |of_node| {
            let leased = Leased::new(cx.clone().leased(of_node), work);
            lease = leased.lease();
            Chunks(leased)
        });
        (ChunkStream::new(handle), SharedWork { inner, lease })
    }
}

impl SharedWork {
    /// Waits for `wait`, which polls the work, in a run that has not created the work. `cx` is the
    /// context of this run.
    ///
    /// Meanwhile, the run [pauses](RunContext::pause): it holds no permit for which the work could
    /// wait. If the run belongs to another call than the work, the work does not wait for permits
    /// either, because the run that holds a permit may be the run that waits for this call. In that
    /// case, the work can exceed the limit of its call.
    ///
    /// # Cancel safety
    ///
    /// The same as for [`RunContext::pause`].
    ///
    /// See [`RunContext::share`] for an example.
    pub async fn wait<F: Future>(&self, cx: &RunContext, wait: F) -> F::Output {
        let wait = async {
            let host = self.lease.upgrade();
            let _guest = host.and_then(|host| host.host(cx.lease()));
            wait.await
        };
        cx.pause(wait).await
    }

    /// Ends the runs that are open inside the work, as cancelled. Call this when the run that has
    /// created the work ends before the work does.
    ///
    /// The runs inside the work belong to that run, so they must end before it does. The work itself
    /// continues while other runs poll it. The steps that it calls from then on are not observed.
    pub fn leave(&self) {
        self.inner.leave();
    }
}

impl fmt::Debug for SharedWork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedWork").finish_non_exhaustive()
    }
}

/// Work that has its own lease, and is polled only while it has a permit.
struct Leased<T: Chunked> {
    /// The chunks, and the lease of the work. The chunks are first, so that the runs inside the
    /// work are dropped before its lease. `None` after the end.
    work: Option<(ChunkStream<T>, Held)>,
    /// The run that has created the work, if it is observed. Its events contain the time for which
    /// the work waits for a permit.
    live: Option<Arc<LiveRun>>,
    /// The time since which the work waits for a permit. `None` if it does not wait.
    waits_since: Option<Instant>,
}

impl<T: Chunked> Leased<T> {
    fn new(cx: RunContext, work: impl FnOnce(RunContext) -> ChunkStream<T>) -> Self {
        let live = cx.live_run().cloned();
        let (cx, held) = cx.holding(true);
        Self { work: held.map(|held| (work(cx), held)), live, waits_since: None }
    }

    fn lease(&self) -> Weak<Lease> {
        self.work.as_ref().map_or_else(Weak::new, |(_, held)| Arc::downgrade(&held.lease))
    }
}

impl<T: Chunked> Stream for Leased<T> {
    type Item = Result<T::Chunk>;

    fn poll_next(
        mut self: Pin<&mut Self>,
        task: &mut task::Context<'_>,
    ) -> Poll<Option<Self::Item>> {
        let Self { work, live, waits_since } = &mut *self;
        let Some((chunks, Held { lease })) = work else {
            return Poll::Ready(None);
        };
        if lease.poll_turn(task, None).is_pending() {
            waits_since.get_or_insert_with(Instant::now);
            return Poll::Pending;
        }
        if let (Some(live), Some(since)) = (live, waits_since.take()) {
            live.waited(since.elapsed());
        }
        let item = ready!(lease.poll_on(task, |task| chunks.poll_next_unpin(task)));
        match &item {
            // The work needs no permit until it is polled for the next chunk.
            Some(Ok(_)) => lease.rest(),
            _ => *work = None,
        }
        Poll::Ready(item)
    }
}

/// The chunks are in a box, so no field is pinned.
impl<T: Chunked> Unpin for Leased<T> {}
