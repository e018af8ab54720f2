//! Steps that are not runs, deep inside each other.

use futures_util::{StreamExt, future::BoxFuture, stream};

use crate::{
    ChunkStream, Result, RunContext, Runnable,
    poll::segment::{self, Segment},
};

/// Invokes a step that is not a run, or one that such a step hands its context on to, in a segment
/// of its own.
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

/// The chunks of such a step, in a segment of their own if it begins one. The step is then called
/// when it is polled, since wrappers would take stack also where they only make their streams.
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
