//! [`RunGuard`]: ends an observed run exactly once.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::Arc,
    task::{self, Poll},
    time::Duration,
};

use crate::{
    Chunk, Chunked, Error, ErrorKind, Payload,
    observe::{live_run::LiveRun, payload::with_complete},
    poll::{blocking::measured, caught_panic::message, stopwatch::Hold},
    value::chunk::merge_ref,
};

/// Keeps an observed run open, and ends it exactly once.
///
/// The run ends with [`end`](Self::end), [`end_stream`](Self::end_stream) or [`fail`](Self::fail),
/// or when the guard is dropped. The owner of the guard must drop the future or stream of the run
/// first, so that children end before their parent.
pub(crate) struct RunGuard<O: Chunked> {
    pub(crate) live: Arc<LiveRun>,
    /// The merged output so far. `None` before the first chunk, and if no listener requests
    /// outputs.
    partial: Option<O::Chunk>,
    /// Whether the step is being polled. If the guard is dropped while this is set, the step has
    /// panicked.
    polling: bool,
    /// The message of the panic that is unwinding out of the step.
    panic: Option<String>,
    ended: bool,
    hold: Hold,
}

impl<O: Chunked> RunGuard<O> {
    pub(crate) fn new(live: Arc<LiveRun>) -> Self {
        Self {
            live,
            partial: None,
            polling: false,
            panic: None,
            ended: false,
            hold: Hold::default(),
        }
    }

    /// Polls the step, and reports if the poll has blocked the thread. If the step panics, stores
    /// the panic message for the error of the run, and resumes the panic.
    pub(crate) fn poll<T>(&mut self, poll: impl FnOnce(&Arc<LiveRun>) -> T) -> T {
        self.polling = true;
        let live = &self.live;
        let (mut poll, mut polled) = (Some(poll), None);
        let observed = poll_observed(live, &mut || polled = poll.take().map(|poll| poll(live)));
        let blocked = observed.unwrap_or_else(|panic| {
            self.panic = Some(message("the step", &*panic));
            live.panicked();
            resume_unwind(panic)
        });
        self.polling = false;
        live.continued();
        if let Some(time) = blocked {
            live.blocked(time);
        }
        polled.expect("a poll that has not panicked has a result")
    }

    /// Returns `Ready` if all listeners let the run continue.
    pub(crate) fn poll_ready(&mut self, cx: &mut task::Context<'_>) -> Poll<()> {
        self.live.poll_ready(cx, &mut self.hold)
    }

    /// Returns whether the step has panicked.
    pub(crate) fn has_panicked(&self) -> bool {
        self.polling
    }

    pub(crate) fn chunk(&mut self, chunk: &O::Chunk) {
        self.live.chunk(Payload::of_chunk(chunk), chunk.has_content());
        if self.live.wanted.outputs {
            merge_ref(&mut self.partial, chunk);
        }
    }

    /// Ends an invoked run with its output.
    pub(crate) fn end(&mut self, output: &O) {
        self.ended = true;
        let output = self.live.wanted.outputs.then(|| Payload::new(output));
        self.live.end(output);
    }

    /// Ends a streamed run. The output in the end event is the value of the merged chunks.
    pub(crate) fn end_stream(&mut self) {
        self.ended = true;
        if !self.live.wanted.outputs {
            return self.live.end(None);
        }
        match self.partial.take() {
            Some(partial) => with_complete::<O>(&partial, |output| self.live.end(Some(output))),
            None => {
                let empty = O::from_no_chunks().ok();
                self.live.end(empty.as_ref().map(Payload::new));
            }
        }
    }

    /// Ends a streamed run with its last chunk. The chunk is passed on to the reader afterwards.
    pub(crate) fn end_stream_with(&mut self, last: &O::Chunk) {
        if self.partial.is_some() || !self.live.wanted.outputs {
            self.chunk(last);
            return self.end_stream();
        }
        // This chunk is the only chunk, and therefore the complete output, so listeners can read it
        // without a clone.
        self.ended = true;
        self.live.chunk(Payload::of_chunk(last), last.has_content());
        with_complete::<O>(last, |output| self.live.end(Some(output)));
    }

    pub(crate) fn fail(&mut self, error: &Error) {
        self.ended = true;
        let partial = self.partial.as_ref().map(Payload::new);
        self.live.fail(error, partial);
    }
}

/// Polls a step inside the listeners that surround polls. Returns for how long the poll has blocked
/// the thread, if it was long, or the panic of the step.
///
/// The step is a trait object, so that this function is not compiled for each step.
fn poll_observed(
    live: &LiveRun,
    poll: &mut dyn FnMut(),
) -> Result<Option<Duration>, Box<dyn Any + Send>> {
    // Catch the panic inside the listeners, because it is not a panic of a listener.
    let (caught, blocked) = live
        .span
        .in_scope(|| live.around_poll(|| measured(|| catch_unwind(AssertUnwindSafe(poll)))));
    caught.map(|()| blocked)
}

impl<O: Chunked> Drop for RunGuard<O> {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        if self.polling {
            let message = self.panic.take().unwrap_or_else(|| "the step panicked".to_owned());
            let error = Error::new(ErrorKind::Panic, message);
            let live = Arc::clone(&self.live);
            let run = &live.run;
            let error = error.leave(0, || run.part(), Some(run.id));
            self.fail(&error);
        } else {
            let partial = self.partial.as_ref().map(Payload::new);
            self.live.cancel(partial);
        }
    }
}
