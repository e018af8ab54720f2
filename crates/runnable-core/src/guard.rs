//! The guard that ends a run, whatever happens to it.

use std::sync::Arc;

use crate::{
    Chunk, Chunked, Error, ErrorKind, Payload, RunEventKind, chunk::merge, live_run::LiveRun,
    payload::OwnedPayload,
};

/// Holds a watched run open, and ends it exactly once: by [`end`](Self::end),
/// [`end_stream`](Self::end_stream) or [`fail`](Self::fail), else when it is dropped.
///
/// Whoever holds it drops what runs inside the run first, so that children end before parents.
pub(crate) struct RunGuard<O: Chunked> {
    pub(crate) live: Arc<LiveRun>,
    /// The output so far, if anybody wants to see it.
    partial: Option<O::Chunk>,
    /// Set while the step is polled: a guard that is dropped with it set was left by a panic.
    pub(crate) polling: bool,
    ended: bool,
}

impl<O: Chunked> RunGuard<O> {
    pub(crate) fn new(live: Arc<LiveRun>) -> Self {
        Self { live, partial: None, polling: false, ended: false }
    }

    pub(crate) fn chunk(&mut self, chunk: &O::Chunk) {
        self.live.chunk(Payload::new(chunk), chunk.has_content());
        if self.live.interest.values {
            merge(&mut self.partial, chunk.clone());
        }
    }

    /// Ends an invoked run.
    pub(crate) fn end(&mut self, output: &O) {
        self.ended = true;
        let output = self.live.interest.values.then(|| Payload::new(output));
        self.live.end(output);
    }

    /// Ends a streamed run, whose output is what came.
    pub(crate) fn end_stream(&mut self) {
        self.ended = true;
        if !self.live.interest.values {
            return self.live.end(None);
        }
        match owned_whole::<O>(self.partial.take()) {
            Some(output) => self.live.end(Some(Payload::from(&output))),
            None => self.live.end(None),
        }
    }

    pub(crate) fn fail(&mut self, error: &Error) {
        self.ended = true;
        let partial = self.partial.as_ref().map(Payload::new);
        self.live.abort(RunEventKind::Error { error, partial });
    }
}

impl<O: Chunked> Drop for RunGuard<O> {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        if self.polling {
            let error = Error::new(ErrorKind::Panic, "the step panicked");
            self.fail(&error.leave(0, || self.live.run.name.clone(), Some(self.live.run.id)));
        } else {
            let partial = self.partial.as_ref().map(Payload::new);
            self.live.abort(RunEventKind::Cancelled { partial });
        }
    }
}

/// The whole that the chunks make up, or the merged chunks if they make up none.
pub(crate) fn owned_whole<T: Chunked>(merged: Option<T::Chunk>) -> Option<OwnedPayload> {
    // `from_chunk` takes the chunk, also where it then refuses it.
    let spare = merged.clone();
    match T::from_chunks(merged) {
        Ok(whole) => Some(Box::new(whole)),
        Err(_) => spare.map(|chunk| Box::new(chunk) as OwnedPayload),
    }
}
