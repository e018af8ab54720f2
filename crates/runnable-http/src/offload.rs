//! Long work on a thread for blocking work.

use std::panic::resume_unwind;

use futures_util::{
    FutureExt,
    future::{Either, Ready, ready},
};
use runnable_core::{Error, ErrorKind, Result};
use tokio::{runtime::Handle, task::JoinHandle};

/// From so many bytes on, an answer is read on another thread: 512 KiB, which take a few
/// milliseconds.
///
/// Reading is one piece of work that no time limit can interrupt. On another thread, it holds up
/// neither the limits nor the other tasks.
pub(crate) const LONG: usize = 512 << 10;

/// Does work that takes time for so many bytes: at once if they are few, else on a thread for blocking
/// work, if there is a runtime that has one. Work that nobody waits for any more goes on to its end,
/// which the limits on the size of an answer set.
pub(crate) fn offload<T: Send + 'static>(
    bytes: usize,
    work: impl FnOnce() -> T + Send + 'static,
) -> Away<T> {
    match Handle::try_current() {
        Ok(runtime) if bytes >= LONG => Either::Right(Offloaded(runtime.spawn_blocking(work))),
        _ => Either::Left(ready(Ok(work()))),
    }
}

/// Work that is done, or done elsewhere.
pub(crate) type Away<T> = Either<Ready<Result<T>>, Offloaded<T>>;

/// The outcome of work on another thread.
pub(crate) struct Offloaded<T>(JoinHandle<T>);

impl<T> Future for Offloaded<T> {
    type Output = Result<T>;

    fn poll(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<T>> {
        self.0.poll_unpin(cx).map(|done| {
            done.map_err(|error| match error.try_into_panic() {
                Ok(panic) => resume_unwind(panic),
                Err(_) => Error::new(
                    ErrorKind::Cancelled,
                    "cannot read the answer: the runtime has shut down",
                ),
            })
        })
    }
}
