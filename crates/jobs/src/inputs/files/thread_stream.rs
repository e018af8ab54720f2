//! [`ThreadStream`]: a stream whose items are read by a thread.

use std::{
    any::Any,
    fs,
    ops::ControlFlow,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    thread::{self, JoinHandle},
    vec,
};

use futures_core::Stream;
use runnable_core::{Error, ErrorKind, Result};
use tokio::sync::mpsc::{Receiver, channel};

use super::feed::Feed;
use crate::panic_text::panic_text;

type Work<U> = Box<dyn FnOnce(&mut Feed<U>) -> Result<()> + Send>;

/// A stream whose items are read by a thread, because reading a file blocks.
///
/// The thread starts at the first poll. It reads at most three batches ahead, see [`Feed`]. If the
/// stream is dropped, the thread ends.
pub(crate) struct ThreadStream<U> {
    path: PathBuf,
    state: State<U>,
}

enum State<U> {
    Waiting(Work<U>),
    Reading(Reading<U>),
    Ended,
}

struct Reading<U> {
    batches: Receiver<Result<Vec<U>>>,
    batch: vec::IntoIter<U>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    /// Whether a read ends soon. A read of a pipe can last as long as the program that writes to it.
    ends_soon: bool,
}

impl<U: Send + 'static> ThreadStream<U> {
    /// Creates a stream of the items that `work` puts into its [`Feed`]. If `work` fails or panics,
    /// the last item of the stream is the error.
    pub(crate) fn new(
        path: &Path,
        work: impl FnOnce(&mut Feed<U>) -> Result<()> + Send + 'static,
    ) -> Self {
        Self { path: path.to_owned(), state: State::Waiting(Box::new(work)) }
    }

    fn start(&self, work: Work<U>) -> Result<Reading<U>> {
        let (sender, batches) = channel(1);
        let stop = Arc::new(AtomicBool::new(false));
        let mut feed = Feed::new(sender, Arc::clone(&stop));
        let path = self.path.clone();
        let run = move || {
            let result = catch_unwind(AssertUnwindSafe(|| work(&mut feed)));
            let result = result.unwrap_or_else(|panic| Err(panicked(&path, &*panic)));
            feed.finish(result);
        };
        let thread = thread::Builder::new().name("job inputs".into()).spawn(run);
        let thread = thread.map_err(|error| {
            let message = format!("failed to start the thread that reads the inputs: {error}");
            Error::new(ErrorKind::Other, message).with_source(error)
        })?;
        let ends_soon = fs::metadata(&self.path).is_ok_and(|file| file.is_file() || file.is_dir());
        let batch = Vec::new().into_iter();
        Ok(Reading { batches, batch, stop, thread: Some(thread), ends_soon })
    }
}

/// Returns the error for a panic, so that a reader that panics does not look like the end of a file.
fn panicked(path: &Path, panic: &(dyn Any + Send)) -> Error {
    let text = panic_text(panic).unwrap_or("unknown reason");
    let message = format!("failed to read the input `{}`: panicked: {text}", path.display());
    Error::new(ErrorKind::Panic, message)
}

impl<U: Send + 'static> Stream for ThreadStream<U> {
    type Item = Result<U>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<U>>> {
        let this = self.get_mut();
        loop {
            match &mut this.state {
                State::Waiting(_) => {
                    let State::Waiting(work) = std::mem::replace(&mut this.state, State::Ended)
                    else {
                        continue;
                    };
                    match this.start(work) {
                        Ok(reading) => this.state = State::Reading(reading),
                        Err(error) => return Poll::Ready(Some(Err(error))),
                    }
                }
                State::Reading(reading) => {
                    if let Some(item) = reading.batch.next() {
                        return Poll::Ready(Some(Ok(item)));
                    }
                    match ready!(reading.batches.poll_recv(cx)) {
                        Some(Ok(batch)) => reading.batch = batch.into_iter(),
                        Some(Err(error)) => {
                            this.state = State::Ended;
                            return Poll::Ready(Some(Err(error)));
                        }
                        None => this.state = State::Ended,
                    }
                }
                State::Ended => return Poll::Ready(None),
            }
        }
    }
}

/// The stream pins nothing: it moves its items out of a list.
impl<U> Unpin for ThreadStream<U> {}

/// Ends the thread.
impl<U> Drop for Reading<U> {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.batches.close();
        // A batch in the channel is received, because the thread may wait for its place.
        while self.batches.try_recv().is_ok() {}
        if let Some(thread) = self.thread.take().filter(|_| self.ends_soon) {
            // The thread has caught its panics.
            _ = thread.join();
        }
    }
}

/// Puts the number of items that `work` counts into a future, if the file can be read twice.
pub(crate) async fn count_items(
    path: PathBuf,
    work: impl FnOnce(&mut Feed<u64>) -> Result<u64> + Send + 'static,
) -> Option<u64> {
    // A pipe can be read only once.
    if fs::metadata(&path).is_ok_and(|file| !file.is_file() && !file.is_dir()) {
        return None;
    }
    let count = ThreadStream::new(&path, |feed| {
        let count = work(feed)?;
        match feed.put(count, 0) {
            ControlFlow::Continue(()) | ControlFlow::Break(()) => Ok(()),
        }
    });
    futures_util::StreamExt::next(&mut { count }).await?.ok()
}
