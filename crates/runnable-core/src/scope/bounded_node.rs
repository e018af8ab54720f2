//! A stream with bounds.

use crate::{
    ChunkStream, Chunked, RunContext,
    concurrency::node::{Chunks, Handle},
};

/// A stream with bounds. Under a limit it is a node, so that the bounds also end it while its reader
/// leaves it alone: otherwise it would hold a permit for ever.
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
