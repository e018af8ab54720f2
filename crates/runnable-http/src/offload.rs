//! Runs long computations on a thread for blocking work.

use std::panic::resume_unwind;

use futures_util::{
    FutureExt,
    future::{Either, Ready, ready},
};
use runnable_core::{Error, ErrorKind, Result};
use tokio::{runtime::Handle, task::JoinHandle};

/// The size in bytes from which a response is read on another thread. Reading 512 KiB takes a few
/// milliseconds.
///
/// Reading cannot be interrupted by a time limit. On another thread, it delays neither the time
/// limits nor the other tasks.
pub(crate) const LONG: usize = 512 << 10;

/// Runs work that reads so many bytes: immediately if they are few, otherwise on a thread for
/// blocking work of the current runtime, if there is one. Work whose caller was dropped still runs
/// to its end, which comes soon because the size of a response is limited.
pub(crate) fn offload<T: Send + 'static>(
    bytes: usize,
    work: impl FnOnce() -> T + Send + 'static,
) -> Away<T> {
    match Handle::try_current() {
        Ok(runtime) if bytes >= LONG => Either::Right(Offloaded(runtime.spawn_blocking(work))),
        _ => Either::Left(ready(Ok(work()))),
    }
}

/// The result of work, or a handle to work on another thread.
pub(crate) type Away<T> = Either<Ready<Result<T>>, Offloaded<T>>;

/// A handle to work on another thread.
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
                    "cannot read the response: the Tokio runtime has shut down",
                ),
            })
        })
    }
}
