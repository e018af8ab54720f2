//! Deeply nested transparent steps, which do not have their own runs.

use futures_util::{StreamExt, future::BoxFuture, stream};

use crate::{
    ChunkStream, Result, RunContext, Runnable,
    poll::segment::{self, Segment},
};

/// Invokes a transparent step, which has no run of its own, in a new [segment](segment).
///
/// A segment is polled from near the bottom of the stack, and not from inside the future that
/// awaits it. Therefore deeply nested steps do not overflow the stack.
#[cold]
#[inline(never)]
pub(crate) fn layer_apart<R: Runnable>(
    step: &R,
    input: R::Input,
    cx: RunContext,
) -> BoxFuture<'static, Result<R::Output>> {
    let step = step.clone();
    segment::apart(async move { step.run(input, cx).await })
}

/// Returns the chunks of a transparent step. If a segment starts at this depth, the step runs in a
/// new segment.
///
/// In a segment, the step is called only when the segment is polled. Otherwise nested wrappers
/// would use stack while they create their streams.
pub(crate) fn chunks_of_layer<R: Runnable>(
    step: &R,
    cx: RunContext,
    call: impl FnOnce(&R, RunContext) -> ChunkStream<R::Output> + Send + 'static,
) -> ChunkStream<R::Output> {
    if !segment::begins(cx.layers()) {
        return call(step, cx);
    }
    let step = step.clone();
    let chunks = stream::once(async move { call(&step, cx) }).flatten();
    ChunkStream::new(Segment::new(chunks))
}
