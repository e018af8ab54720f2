//! The guard that ends a run, whatever happens to it.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::Arc,
};

use crate::{
    Chunk, Chunked, Error, ErrorKind, Payload, RunEventData,
    observe::{live_run::LiveRun, payload::with_complete},
    poll::caught_panic::message,
    value::chunk::merge,
};

/// Holds a watched run open, and ends it exactly once: by [`end`](Self::end),
/// [`end_stream`](Self::end_stream) or [`fail`](Self::fail), else when it is dropped.
///
/// Whoever holds it drops what runs inside the run first, so that children end before parents.
pub(crate) struct RunGuard<O: Chunked> {
    pub(crate) live: Arc<LiveRun>,
    /// The output so far, if a listener wants to see it.
    partial: Option<O::Chunk>,
    /// Set while the step is polled: a guard that is dropped with it set was left by a panic.
    polling: bool,
    /// What the panic that leaves the step says, while it unwinds.
    panic: Option<String>,
    ended: bool,
}

impl<O: Chunked> RunGuard<O> {
    pub(crate) fn new(live: Arc<LiveRun>) -> Self {
        Self { live, partial: None, polling: false, panic: None, ended: false }
    }

    /// Polls the step. Its panic goes on, and is what the run then fails with.
    pub(crate) fn poll<T>(&mut self, poll: impl FnOnce(&Arc<LiveRun>) -> T) -> T {
        self.polling = true;
        let live = &self.live;
        let polled = catch_unwind(AssertUnwindSafe(|| live.span.in_scope(|| poll(live))));
        let polled = polled.unwrap_or_else(|panic| {
            self.panic = Some(message(&*panic));
            resume_unwind(panic)
        });
        self.polling = false;
        polled
    }

    /// Whether a panic has left the step.
    pub(crate) fn has_panicked(&self) -> bool {
        self.polling
    }

    pub(crate) fn chunk(&mut self, chunk: &O::Chunk) {
        self.live.chunk(Payload::of_chunk(chunk), chunk.has_content());
        if self.live.wanted.outputs {
            merge(&mut self.partial, chunk.clone());
        }
    }

    /// Ends an invoked run.
    pub(crate) fn end(&mut self, output: &O) {
        self.ended = true;
        let output = self.live.wanted.outputs.then(|| Payload::new(output));
        self.live.end(output);
    }

    /// Ends a streamed run, whose output is what came.
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

    /// Ends a streamed run with its last chunk, before that is passed on.
    pub(crate) fn end_stream_with(&mut self, last: &O::Chunk) {
        if self.partial.is_some() || !self.live.wanted.outputs {
            self.chunk(last);
            return self.end_stream();
        }
        // The only chunk is the output: it need not be cloned to be shown.
        self.ended = true;
        self.live.chunk(Payload::of_chunk(last), last.has_content());
        with_complete::<O>(last, |output| self.live.end(Some(output)));
    }

    pub(crate) fn fail(&mut self, error: &Error) {
        self.ended = true;
        let partial = self.partial.as_ref().map(Payload::new);
        self.live.abort(RunEventData::Error { error, partial });
    }
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
            self.live.abort(RunEventData::Cancelled { partial });
        }
    }
}
