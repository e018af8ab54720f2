//! [`GuardedBody`]: a response body with time limits and decompression.

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
use crate::{origin::RequestInfo, report::OpenReport, transport::HttpBody};

/// The time at which the limit of a call is reached, and the length of this limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    pub(crate) at: Instant,
    pub(crate) limit: Duration,
}

/// Returns the point in time after `limit`, or `None` if it cannot be represented.
pub(crate) fn after(limit: Duration) -> Option<Instant> {
    Instant::now().checked_add(limit)
}

impl Deadline {
    pub(crate) fn error(self, origin: &RequestInfo) -> Error {
        let message = format!(
            "the response of {} to {origin} did not complete within {:?}",
            origin.host(),
            self.limit
        );
        origin.failure(ErrorKind::Timeout, message).with_timeout_phase(TimeoutPhase::Call)
    }
}

/// The body of a response, decompressed, with the time limits of its request.
///
/// After an error or at the end of the body, the connection is released.
#[derive(Debug)]
pub(crate) struct GuardedBody {
    /// The received body. `None` after its end.
    body: Option<HttpBody>,
    origin: RequestInfo,
    silence: Option<Duration>,
    deadline: Option<Deadline>,
    /// The timer for the time limits. It is created when the reader first waits, because a body
    /// that is always ready needs no timer.
    timer: Option<Pin<Box<Sleep>>>,
    /// Whether the timer is set for the current wait.
    waiting: bool,
    /// When the last chunk was returned to the reader. `None` while the reader waits for the next
    /// chunk.
    returned_at: Option<Instant>,
    gunzip: Option<Gunzip>,
    /// Received bytes that are still compressed.
    packed: Bytes,
    /// The maximum size of the body in bytes. `None` if the body is streamed.
    limit: Option<usize>,
    /// The number of received bytes, before decompression.
    received: usize,
    unpacked: usize,
    /// The report of the attempt, which ends with the body. `None` if the run is not observed, and
    /// after the end of the body.
    report: Option<Box<OpenReport>>,
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
        let (waiting, returned_at) = (false, None);
        let (limit, received, unpacked) = (None, 0, 0);
        Self {
            body,
            origin,
            silence,
            deadline,
            timer,
            waiting,
            returned_at,
            gunzip,
            packed,
            limit,
            received,
            unpacked,
            report: None,
        }
    }

    /// Sets the report of the attempt. It ends with the body, or when the body is dropped.
    pub(crate) fn set_report(&mut self, report: Option<Box<OpenReport>>) {
        self.report = report;
    }

    /// Sets the maximum size of the body in bytes. It applies to the size before decompression and
    /// to the size after it.
    pub(crate) fn set_limit(&mut self, limit: usize) {
        self.limit = Some(limit);
    }

    /// Returns an error if the body exceeds its maximum size.
    fn too_long(&self) -> Option<Error> {
        let limit = self.limit.filter(|limit| self.received.max(self.unpacked) > *limit)?;
        let (host, origin) = (self.origin.host(), &self.origin);
        let message = format!(
            "the response of {host} to {origin} exceeds {limit} bytes; raise the limit with `max_body` \
             if this is expected"
        );
        Some(self.origin.failure(ErrorKind::Parse, message))
    }

    pub(crate) fn origin(&self) -> &RequestInfo {
        &self.origin
    }

    pub(crate) fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        self.extend_deadline();
        let mut chunk = ready!(self.poll_unpacked(cx));
        if let Some(Ok(bytes)) = &chunk {
            self.unpacked = self.unpacked.saturating_add(bytes.len());
            if let Some(error) = self.too_long() {
                chunk = Some(Err(error));
            }
        }
        let chunk =
            chunk.map(|bytes| bytes.map_err(|error| self.origin.secrets().mask_error(error)));
        self.returned_at = self.deadline.map(|_| Instant::now());
        if let Some(Err(error)) = &chunk
            && let Some(report) = self.report.take()
        {
            report.fail(error);
        }
        if !matches!(chunk, Some(Ok(_))) {
            self.close();
        }
        Poll::Ready(chunk)
    }

    /// Moves the deadline by the time during which the reader did not ask for a chunk.
    fn extend_deadline(&mut self) {
        if let (Some(deadline), Some(returned_at)) = (&mut self.deadline, self.returned_at.take()) {
            deadline.at = deadline.at.checked_add(returned_at.elapsed()).unwrap_or(deadline.at);
        }
    }

    /// Releases the connection, and ends the report.
    pub(crate) fn close(&mut self) {
        self.body = None;
        self.timer = None;
        self.packed = Bytes::new();
        self.report = None;
    }

    fn poll_unpacked(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        let mut turn = Turn::default();
        loop {
            if let Some(error) = self.gunzip.as_mut().and_then(Gunzip::broken) {
                return Poll::Ready(Some(Err(self.broken(error))));
            }
            if self.gunzip.is_some() && !self.packed.is_empty() {
                let packed = self.packed.split_to(PIECE.min(self.packed.len()));
                match self.unpack(|gunzip| gunzip.push(&packed)) {
                    // An unlimited number of empty gzip members may come one after another.
                    Ok(chunk) if chunk.is_empty() => {
                        if turn.is_over(packed.len(), cx) {
                            return Poll::Pending;
                        } else {
                            continue;
                        }
                    }
                    chunk => return Poll::Ready(Some(chunk)),
                }
            }
            let chunk = ready!(self.poll_in_time(cx));
            match (chunk, self.gunzip.is_some()) {
                (Some(Ok(packed)), true) => {
                    self.received = self.received.saturating_add(packed.len());
                    if let Some(error) = self.too_long() {
                        return Poll::Ready(Some(Err(error)));
                    }
                    self.packed = packed;
                }
                (None, true) if self.body.is_some() => {
                    self.body = None;
                    match self.unpack(Gunzip::finish) {
                        Ok(chunk) if chunk.is_empty() => return Poll::Ready(None),
                        chunk => return Poll::Ready(Some(chunk)),
                    }
                }
                (chunk, _) => return Poll::Ready(chunk),
            }
        }
    }

    fn unpack(
        &mut self,
        unpack: impl FnOnce(&mut Gunzip) -> std::io::Result<Bytes>,
    ) -> Result<Bytes> {
        let Some(gunzip) = &mut self.gunzip else { return Ok(Bytes::new()) };
        unpack(gunzip).map_err(|error| self.broken(error))
    }

    fn broken(&self, error: std::io::Error) -> Error {
        // If the body has ended, data is missing, so the connection has failed. Otherwise, the data
        // is invalid.
        let kind = if self.body.is_none() { ErrorKind::Connection } else { ErrorKind::Parse };
        let (host, origin) = (self.origin.host(), &self.origin);
        let message = format!("invalid gzip data in the response of {host} to {origin}: {error}");
        self.origin.failure(kind, message).with_source(error)
    }

    fn poll_in_time(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        if let Poll::Ready(chunk) = Pin::new(body).poll_next(cx) {
            self.waiting = false;
            if let (Some(Ok(bytes)), Some(report)) = (&chunk, &mut self.report) {
                report.received(bytes.len());
            }
            // Check the deadline here. A body that is always ready never waits for the timer.
            if let (Some(Ok(_)), Some(deadline)) = (&chunk, self.deadline)
                && deadline.at <= Instant::now()
            {
                return Poll::Ready(Some(Err(deadline.error(&self.origin))));
            }
            return Poll::Ready(chunk);
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
                let message =
                    format!("{host} sent no data for {limit:?} during its response to {origin}");
                let error = self.origin.failure(ErrorKind::Timeout, message);
                error.with_timeout_phase(TimeoutPhase::Idle)
            }
        };
        Poll::Ready(Some(Err(error)))
    }
}
