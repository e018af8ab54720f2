//! Streams with time limits and cancellation tokens.

use crate::{
    ChunkStream, Chunked, RunContext,
    concurrency::node::{Chunks, Handle},
};

/// Returns a stream that ends when one of its bounds is reached. Under a concurrency limit, the
/// stream is a node, which can be polled independently of its reader. A bound then also ends a
/// stream that its reader does not poll. Otherwise, such a stream would keep its permit forever.
pub(crate) fn bounded_node<T: Chunked>(
    cx: &RunContext,
    has_bounds: bool,
    bounded: impl FnOnce(RunContext) -> ChunkStream<T>,
) -> ChunkStream<T> {
    let Some(budget) = cx.budget().filter(|_| has_bounds) else {
        return bounded(cx.clone());
    };
    let work = |lease| Chunks(bounded(cx.clone().leased(lease)));
    ChunkStream::new(Handle::new(budget, cx.lease(), work))
}
