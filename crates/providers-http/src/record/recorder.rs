//! Records what passes through another transport.

use std::{
    path::PathBuf,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use futures_core::{Stream, future::BoxFuture};
use runnable_core::Result;

use super::{asked::Asked, tape::Tape};
use crate::{body::Body, origin::Origin, transport::Transport};

/// Records what passes through another transport.
pub(crate) struct Recorder {
    transport: Arc<dyn Transport>,
    folder: PathBuf,
    /// How many cases it has begun.
    begun: AtomicU32,
}

impl Recorder {
    pub(crate) fn new(transport: Arc<dyn Transport>, folder: PathBuf) -> Self {
        Self { transport, folder, begun: AtomicU32::new(0) }
    }
}

impl Transport for Recorder {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'static, Result<http::Response<Body>>> {
        let secrets = Origin::of(&request).secrets().clone();
        let number = self.begun.fetch_add(1, Ordering::Relaxed) + 1;
        let mut tape = Tape::begin(&self.folder, number, &Asked::of(&request), secrets);
        let answer = self.transport.send(request);
        Box::pin(async move {
            let answer = answer.await.inspect_err(|error| tape.fail(error))?;
            tape.answer.status = Some(answer.status());
            tape.answer.headers = answer.headers().clone();
            Ok(answer.map(|body| Body::from_stream(Recorded { body, tape: Some(tape) })))
        })
    }
}

/// A body that is written down as it is read.
struct Recorded {
    body: Body,
    /// `None` when it is over.
    tape: Option<Tape>,
}

impl Stream for Recorded {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        let piece = ready!(Pin::new(&mut self.body).poll_next(cx));
        match (&piece, &mut self.tape) {
            (Some(Ok(piece)), Some(tape)) => tape.body.extend_from_slice(piece),
            (Some(Err(error)), Some(tape)) => {
                tape.fail(error);
                self.tape = None;
            }
            (None, Some(tape)) => {
                tape.answer.complete = true;
                self.tape = None;
            }
            (_, None) => {}
        }
        Poll::Ready(piece)
    }
}
