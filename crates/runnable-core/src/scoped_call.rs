//! A call of a step, as a scope has opened it.

use std::borrow::Cow;

use futures_util::FutureExt;

use crate::{
    ChunkStream, Context, Payload, Result, Runnable, budget::Held, guard::RunGuard,
    scoped_future::ScopedFuture, scoped_stream::ScopedStream,
};

/// All that a scope knows of a call.
pub(crate) struct Call<R: Runnable, I> {
    pub(crate) input: I,
    /// The context of the run.
    pub(crate) cx: Context,
    /// Ends the run, if somebody watches it.
    pub(crate) guard: Option<RunGuard<R::Output>>,
    /// How deep in the tree the scope is.
    pub(crate) depth: u16,
    /// What this run is called, if not what its step is.
    pub(crate) name: Option<Cow<'static, str>>,
}

/// The input of a step that streams.
pub(crate) enum Input<R: Runnable> {
    Whole(R::Input),
    Chunks(ChunkStream<R::Input>),
}

impl<R: Runnable> Call<R, R::Input> {
    /// Runs the step on its whole input, with what it has of the budget.
    pub(crate) async fn invoke(self, step: &R, held: Option<Held>) -> Result<R::Output> {
        let Self { input, cx, guard, depth, name } = self;
        let Some(guard) = guard else {
            let result = step.run(input, cx.leased(held.as_ref())).await;
            return result.map_err(|error| {
                error.leave(depth, || name.unwrap_or_else(|| step.info().name), None)
            });
        };
        if guard.live.interest.chunks && step.info().streams_when_watched {
            let (input, guard) = (Input::Whole(input), Some(guard));
            let call = Call { input, cx, guard, depth, name };
            return ChunkStream::new(ScopedStream::new(step.clone(), call, held)).gather().await;
        }
        guard.live.start(Some(Payload::new(&input)));
        let future = step.run(input, cx.leased(held.as_ref())).boxed();
        ScopedFuture::new(future, guard, depth).await
    }
}
