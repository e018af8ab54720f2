//! [`in_thread`]: runs blocking code in a thread that ends with its future.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{self, Poll},
    thread::JoinHandle,
};

use futures_util::FutureExt;
use runnable_core::{Error, ErrorKind, Result};
use tokio::sync::oneshot;

/// Runs blocking code in its own thread. If the future is dropped, it waits for the thread, so that
/// nothing continues after a call has ended. `subject` is what has panicked if the code panics.
pub(crate) fn in_thread<T: Send + 'static>(
    subject: &'static str,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> impl Future<Output = Result<T>> + Send {
    let (sender, result) = oneshot::channel();
    let work = move || {
        let result = catch_unwind(AssertUnwindSafe(work));
        let result = result.unwrap_or_else(|panic| Err(Error::from_panic(subject, &*panic)));
        _ = sender.send(result);
    };
    let thread = std::thread::Builder::new().name("runnable-jobs".into()).spawn(work);
    let (thread, failed) = match thread {
        Ok(thread) => (Some(thread), None),
        Err(error) => (None, Some(Error::wrap(ErrorKind::Other, error))),
    };
    InThread { result, failed, _thread: Joined(thread) }
}

struct InThread<T> {
    result: oneshot::Receiver<Result<T>>,
    failed: Option<Error>,
    _thread: Joined,
}

impl<T> Future for InThread<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Self::Output> {
        if let Some(error) = self.failed.take() {
            return Poll::Ready(Err(error));
        }
        self.result.poll_unpin(cx).map(|result| {
            let stopped = || Err(Error::new(ErrorKind::Panic, "a thread of the job has stopped"));
            result.unwrap_or_else(|_| stopped())
        })
    }
}

/// Waits for a thread when it is dropped.
struct Joined(Option<JoinHandle<()>>);

impl Drop for Joined {
    fn drop(&mut self) {
        if let Some(thread) = self.0.take() {
            // The result of the thread was received, or the future that waits for it was dropped.
            _ = thread.join();
        }
    }
}
