//! Fair polling of several streams: they are polled in turns, and can let each other go first.

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

/// Lets a stream report that it lets the other streams go first.
///
/// Such a stream returns `Pending` and wakes its task. Its task does not have to return to its
/// runtime for this: all streams are polled again immediately, which is called another round.
#[derive(Clone, Debug, Default)]
pub(super) struct Turns {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    /// Whether a stream has let the other streams go first in this round.
    passed: AtomicBool,
    round: AtomicU64,
}

impl Turns {
    /// Records that a stream lets the other streams go first.
    pub(super) fn pass(&self) {
        self.shared.passed.store(true, Ordering::Relaxed);
    }

    /// Returns the number of rounds so far. A round is one poll of the merged streams.
    pub(super) fn round(&self) -> u64 {
        self.shared.round.load(Ordering::Relaxed)
    }

    /// Merges the streams into one stream, and polls them in turns.
    pub(super) fn select<T: Chunked>(
        self,
        streams: impl IntoIterator<Item = ChunkStream<T>>,
    ) -> ChunkStream<T> {
        self.again(stream::select_all(streams))
    }

    /// Merges two streams: the values that are kept from an input, and the values that steps add.
    ///
    /// An added step can be busy for long within a single poll. Therefore it is polled only while
    /// no kept value is ready.
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
