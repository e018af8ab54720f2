//! Turns of the streams that are polled side by side.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use futures_core::Stream;
use futures_util::{
    StreamExt,
    stream::{self, PollNext},
};

use crate::{ChunkStream, Chunked};

/// Tells what polls several streams that one of them has let the others go first.
///
/// Such a stream is pending and has been woken. The task need not return to its runtime for this, so the
/// streams are polled once more at once, in another round.
#[derive(Clone, Debug, Default)]
pub(super) struct Turns {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    /// Whether a stream has let the others go first in this round.
    passed: AtomicBool,
    round: AtomicU64,
}

impl Turns {
    /// A stream lets the others go first.
    pub(super) fn pass(&self) {
        self.shared.passed.store(true, Ordering::Relaxed);
    }

    /// How often the streams have been polled.
    pub(super) fn round(&self) -> u64 {
        self.shared.round.load(Ordering::Relaxed)
    }

    /// Selects between streams, each in its turn.
    pub(super) fn select<T: Chunked>(
        self,
        streams: impl IntoIterator<Item = ChunkStream<T>>,
    ) -> ChunkStream<T> {
        self.again(stream::select_all(streams))
    }

    /// Selects between what is kept of an input and what is added to it.
    ///
    /// A step that is added may be busy for long within one poll. So it is polled only while nothing
    /// that is kept is ready.
    pub(super) fn select_kept_first<T: Chunked>(
        self,
        kept: impl Stream<Item = crate::Result<T::Chunk>> + Send + Unpin + 'static,
        added: ChunkStream<T>,
    ) -> ChunkStream<T> {
        self.again(stream::select_with_strategy(kept, added, |_: &mut ()| PollNext::Left))
    }

    fn again<T: Chunked>(
        self,
        mut streams: impl Stream<Item = crate::Result<T::Chunk>> + Send + Unpin + 'static,
    ) -> ChunkStream<T> {
        ChunkStream::new(stream::poll_fn(move |cx| {
            let shared = &self.shared;
            loop {
                shared.round.fetch_add(1, Ordering::Relaxed);
                let poll = streams.poll_next_unpin(cx);
                if poll.is_ready() || !shared.passed.swap(false, Ordering::Relaxed) {
                    return poll;
                }
            }
        }))
    }
}
