//! A body under time limits.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use futures_core::Stream;
use runnable_core::{Error, ErrorKind, Result, TimeoutPhase};
use tokio::time::{Instant, Sleep, sleep_until};

use super::{
    gunzip::{Gunzip, PIECE},
    turn::Turn,
};
use crate::{origin::RequestInfo, transport::HttpBody};

/// The end of the time that a whole call has, and how long that was.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    pub(crate) at: Instant,
    pub(crate) limit: Duration,
}

/// The end of so much time; none, if that is beyond all time.
pub(crate) fn after(limit: Duration) -> Option<Instant> {
    Instant::now().checked_add(limit)
}

impl Deadline {
    pub(crate) fn error(self, origin: &RequestInfo) -> Error {
        let what =
            format!("{} did not end its answer to {origin} within {:?}", origin.host(), self.limit);
        origin.failure(ErrorKind::Timeout, what).with_timeout_phase(TimeoutPhase::Call)
    }
}

/// The body of an answer under the time limits of its request, and without its compression.
///
/// After an error, or the end, it is over, and the connection is let go.
#[derive(Debug)]
pub(crate) struct GuardedBody {
    /// `None` when it is over.
    body: Option<HttpBody>,
    origin: RequestInfo,
    silence: Option<Duration>,
    deadline: Option<Deadline>,
    /// Set when the body first makes its reader wait: while pieces keep coming it costs nothing.
    timer: Option<Pin<Box<Sleep>>>,
    /// Whether the timer is set for the present silence.
    waiting: bool,
    /// When the reader was given the last piece; `None` while it waits for the next.
    given: Option<Instant>,
    gunzip: Option<Gunzip>,
    /// Bytes that are still to be undone.
    packed: Bytes,
    /// The most bytes that it may have; none, if it is read as it comes.
    limit: Option<usize>,
    /// The number of bytes that came, compressed and not.
    came: usize,
    undone: usize,
}

impl GuardedBody {
    pub(crate) fn new(
        body: HttpBody,
        origin: RequestInfo,
        silence: Option<Duration>,
        deadline: Option<Deadline>,
        gunzip: Option<Gunzip>,
    ) -> Self {
        let (timer, packed) = (None, Bytes::new());
        let body = Some(body);
        let (waiting, given) = (false, None);
        let (limit, came, undone) = (None, 0, 0);
        Self {
            body,
            origin,
            silence,
            deadline,
            timer,
            waiting,
            given,
            gunzip,
            packed,
            limit,
            came,
            undone,
        }
    }

    /// Sets the most bytes that it may have, compressed and not.
    pub(crate) fn set_limit(&mut self, limit: usize) {
        self.limit = Some(limit);
    }

    /// The error of a body that has more bytes than it may have, if this one does.
    fn too_long(&self) -> Option<Error> {
        let limit = self.limit.filter(|limit| self.came.max(self.undone) > *limit)?;
        let (host, origin) = (self.origin.host(), &self.origin);
        let what = format!(
            "the answer of {host} to {origin} has more than {limit} bytes; raise `max_body` if that \
             is right"
        );
        Some(self.origin.failure(ErrorKind::Parse, what))
    }

    pub(crate) fn origin(&self) -> &RequestInfo {
        &self.origin
    }

    pub(crate) fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        self.put_off();
        let mut piece = ready!(self.poll_undone(cx));
        if let Some(Ok(bytes)) = &piece {
            self.undone = self.undone.saturating_add(bytes.len());
            if let Some(error) = self.too_long() {
                piece = Some(Err(error));
            }
        }
        let piece = piece.map(|it| it.map_err(|error| self.origin.secrets().mask_error(error)));
        self.given = self.deadline.map(|_| Instant::now());
        if !matches!(piece, Some(Ok(_))) {
            self.close();
        }
        Poll::Ready(piece)
    }

    /// The time in which no piece was asked for belongs to the reader, and not to the answer.
    fn put_off(&mut self) {
        if let (Some(deadline), Some(given)) = (&mut self.deadline, self.given.take()) {
            deadline.at = deadline.at.checked_add(given.elapsed()).unwrap_or(deadline.at);
        }
    }

    /// Lets the connection go.
    pub(crate) fn close(&mut self) {
        self.body = None;
        self.timer = None;
        self.packed = Bytes::new();
    }

    fn poll_undone(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        let mut turn = Turn::default();
        loop {
            if let Some(error) = self.gunzip.as_mut().and_then(Gunzip::broken) {
                return Poll::Ready(Some(Err(self.broken(error))));
            }
            if self.gunzip.is_some() && !self.packed.is_empty() {
                let packed = self.packed.split_to(PIECE.min(self.packed.len()));
                match self.undo(|gunzip| gunzip.push(&packed)) {
                    // Empty members of gzip are bytes which are nothing, without an end.
                    Ok(piece) if piece.is_empty() => match turn.is_over(packed.len(), cx) {
                        true => return Poll::Pending,
                        false => continue,
                    },
                    piece => return Poll::Ready(Some(piece)),
                }
            }
            let piece = ready!(self.poll_timely(cx));
            match (piece, self.gunzip.is_some()) {
                (Some(Ok(packed)), true) => {
                    self.came = self.came.saturating_add(packed.len());
                    if let Some(error) = self.too_long() {
                        return Poll::Ready(Some(Err(error)));
                    }
                    self.packed = packed;
                }
                (None, true) if self.body.is_some() => {
                    self.body = None;
                    match self.undo(Gunzip::finish) {
                        Ok(piece) if piece.is_empty() => return Poll::Ready(None),
                        piece => return Poll::Ready(Some(piece)),
                    }
                }
                (piece, _) => return Poll::Ready(piece),
            }
        }
    }

    fn undo(&mut self, undo: impl FnOnce(&mut Gunzip) -> std::io::Result<Bytes>) -> Result<Bytes> {
        let Some(gunzip) = &mut self.gunzip else { return Ok(Bytes::new()) };
        undo(gunzip).map_err(|error| self.broken(error))
    }

    fn broken(&self, error: std::io::Error) -> Error {
        // At the end, what is missing is what is wrong.
        let kind = if self.body.is_none() { ErrorKind::Connection } else { ErrorKind::Parse };
        let (host, origin) = (self.origin.host(), &self.origin);
        let what = format!("{host} sent broken gzip as its answer to {origin}: {error}");
        self.origin.failure(kind, what).with_source(error)
    }

    fn poll_timely(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        if let Poll::Ready(piece) = Pin::new(body).poll_next(cx) {
            self.waiting = false;
            // A body that never makes its reader wait meets no timer.
            if let (Some(Ok(_)), Some(deadline)) = (&piece, self.deadline)
                && deadline.at <= Instant::now()
            {
                return Poll::Ready(Some(Err(deadline.error(&self.origin))));
            }
            return Poll::Ready(piece);
        }
        if !self.waiting {
            self.waiting = true;
            let at = [self.silence.and_then(after), self.deadline.map(|deadline| deadline.at)];
            let Some(at) = at.into_iter().flatten().min() else { return Poll::Pending };
            match &mut self.timer {
                Some(timer) => timer.as_mut().reset(at),
                None => self.timer = Some(Box::pin(sleep_until(at))),
            }
        }
        let Some(timer) = &mut self.timer else { return Poll::Pending };
        ready!(timer.as_mut().poll(cx));
        let error = match (self.deadline, self.silence) {
            (Some(deadline), _) if deadline.at <= Instant::now() => deadline.error(&self.origin),
            (_, limit) => {
                let (host, origin) = (self.origin.host(), &self.origin);
                let limit = limit.unwrap_or_default();
                let what =
                    format!("{host} fell silent for {limit:?} within its answer to {origin}");
                let error = self.origin.failure(ErrorKind::Timeout, what);
                error.with_timeout_phase(TimeoutPhase::Idle)
            }
        };
        Poll::Ready(Some(Err(error)))
    }
}
