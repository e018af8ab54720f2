//! [`offload`]: runs long computations on a thread for blocking work.

use std::panic::resume_unwind;

use futures_util::{
    FutureExt,
    future::{Either, Ready, ready},
};
use runnable_core::{Error, ErrorKind, Result};
use tokio::{runtime::Handle, task::JoinHandle};

/// The size in bytes from which a response is parsed on another thread. Parsing 512 KiB takes a few
/// milliseconds.
///
/// A time limit cannot interrupt parsing. On another thread, parsing delays neither the time limits
/// nor the other tasks.
pub(crate) const LONG: usize = 512 << 10;

/// Runs work that reads the given number of bytes. If the number is small, the work runs
/// immediately. Otherwise it runs on a thread for blocking work of the current runtime, if there is
/// a runtime. Work on another thread continues to its end even if its caller is dropped. The end is
/// soon, because the size of a response is limited.
pub(crate) fn offload<T: Send + 'static>(
    bytes: usize,
    work: impl FnOnce() -> T + Send + 'static,
) -> Away<T> {
    match Handle::try_current() {
        Ok(runtime) if bytes >= LONG => Either::Right(Offloaded(runtime.spawn_blocking(work))),
        _ => Either::Left(ready(Ok(work()))),
    }
}

/// Either the result of work, or a handle to work that runs on another thread.
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
