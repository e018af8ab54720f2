//! [`Frames`]: the frames of a response, as a stream.

use std::{
    fmt,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use futures_core::Stream;
use runnable_core::{ErrorKind, Result};
use tokio::runtime::Handle;

use super::{Decoder, FrameError, SseDecoder};
use crate::{
    origin::RequestInfo,
    response::{
        guarded_body::GuardedBody,
        page::{Page, begins_as_page},
        turn::Turn,
    },
};

/// The frames of a response, as a stream. Dropping it closes the connection.
///
/// The stream ends after the last frame or after an error. The stream yields the frames that were
/// complete before the error, but not an unfinished frame. Created by
/// [`HttpResponse::sse`](crate::HttpResponse::sse) and its siblings.
pub struct Frames<D = SseDecoder> {
    body: GuardedBody,
    decoder: D,
    /// The HTML page, if the response is an HTML page. It is read instead of frames.
    page: Option<Page>,
    /// The start of the response, while the response may still be an HTML page. `None` once that is
    /// decided.
    beginning: Option<Vec<u8>>,
    /// Received bytes that have not been passed to the decoder yet.
    rest: Bytes,
    /// The number of consecutive frames that were ready without waiting.
    ready: u32,
    over: bool,
}

/// The number of consecutive ready frames after which the task yields to other tasks.
const READY: u32 = 256;

/// The length of leading white space after which it is no longer checked whether the response is a
/// page.
const LONGEST_BLANK: usize = 4 << 10;

impl<D: Decoder> Frames<D> {
    pub(crate) fn new(body: GuardedBody, decoder: D, page: Option<Page>) -> Self {
        let beginning = (page.is_none() && !decoder.reads_markup()).then(Vec::new);
        Self { body, decoder, page, beginning, rest: Bytes::new(), ready: 0, over: false }
    }

    /// Creates the frames of a body that has been received completely.
    pub(crate) fn of_body(body: Bytes, origin: RequestInfo, mut decoder: D) -> Self {
        decoder.set_origin(&origin);
        Self::new(GuardedBody::new(body.into(), origin, None, None, None), decoder, None)
    }

    /// Returns the request whose response contains these frames.
    pub fn origin(&self) -> &RequestInfo {
        self.body.origin()
    }

    /// Returns the decoder that splits the body into frames.
    pub fn decoder(&self) -> &D {
        &self.decoder
    }

    /// Returns the next frame, or `None` after the last.
    ///
    /// # Errors
    ///
    /// - [`Connection`](ErrorKind::Connection) if the connection failed.
    /// - [`Timeout`](ErrorKind::Timeout) with the phase `Idle` or `Call` if a time limit was
    ///   exceeded.
    /// - [`Parse`](ErrorKind::Parse) if the response has an invalid framing or is an HTML page.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses no frames.
    pub async fn next(&mut self) -> Option<Result<D::Frame>> {
        poll_fn(|cx| self.poll_frame(cx)).await
    }

    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<D::Frame>>> {
        if self.over {
            return Poll::Ready(None);
        }
        if self.ready >= READY && Handle::try_current().is_ok() {
            self.ready = 0;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let frame = match self.page {
            Some(_) => Some(Err(ready!(self.poll_page(cx)))),
            None => match self.poll_decoded(cx) {
                // The decoder has found out only now that the response is a page.
                Poll::Ready(None) if self.page.is_some() => Some(Err(ready!(self.poll_page(cx)))),
                Poll::Ready(frame) => frame,
                Poll::Pending => {
                    self.ready = 0;
                    return Poll::Pending;
                }
            },
        };
        self.ready = self.ready.saturating_add(1);
        if !matches!(frame, Some(Ok(_))) {
            self.over = true;
            self.body.close();
        }
        Poll::Ready(frame)
    }

    fn poll_decoded(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<D::Frame>>> {
        let mut turn = Turn::default();
        loop {
            if let Some(frame) = self.decoder.next() {
                return Poll::Ready(Some(frame.map_err(|error| self.unreadable(error))));
            }
            if !self.rest.is_empty() {
                let chunk = self.rest.split_to(self.rest.len().min(Turn::MAX_BYTES));
                let length = chunk.len();
                self.decoder.push(chunk);
                // One chunk may contain millions of lines that do not result in frames.
                if turn.is_over(length, cx) {
                    return Poll::Pending;
                }
                continue;
            }
            match ready!(self.body.poll_piece(cx)) {
                Some(Ok(chunk)) => {
                    self.rest = self.unless_page(chunk).unwrap_or_default();
                    if self.page.is_some() {
                        return Poll::Ready(None);
                    }
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => {
                    if let Some(beginning) = self.beginning.take().filter(|bytes| !bytes.is_empty())
                    {
                        self.decoder.push(beginning.into());
                    }
                    self.decoder.finish();
                    let frame = self.decoder.next();
                    let frame = frame.map(|frame| frame.map_err(|error| self.unreadable(error)));
                    return Poll::Ready(frame);
                }
            }
        }
    }

    /// Returns the chunk, unless the response starts like an HTML page. If the bytes so far are too
    /// few to decide this, keeps the chunk until the next one arrives, and returns `None`.
    fn unless_page(&mut self, chunk: Bytes) -> Option<Bytes> {
        let Some(mut beginning) = self.beginning.take() else { return Some(chunk) };
        let chunk = if beginning.is_empty() {
            chunk
        } else {
            beginning.extend_from_slice(&chunk);
            Bytes::from(beginning)
        };
        match begins_as_page(&chunk) {
            Some(false) => return Some(chunk),
            Some(true) => {
                let mut page = Page::default();
                page.push(Some(chunk));
                self.page = Some(page);
            }
            // Each new chunk causes another check of all bytes so far, so limit the number of
            // bytes.
            None if chunk.len() >= LONGEST_BLANK => return Some(chunk),
            None => self.beginning = Some(chunk.into()),
        }
        None
    }

    fn poll_page(&mut self, cx: &mut Context<'_>) -> Poll<runnable_core::Error> {
        loop {
            if let Some(page) = self.page.as_ref().filter(|page| page.is_enough()) {
                return Poll::Ready(page.error(self.body.origin(), "a stream"));
            }
            let chunk = match ready!(self.body.poll_piece(cx)) {
                Some(Ok(chunk)) => Some(chunk),
                Some(Err(error)) => return Poll::Ready(error),
                None => None,
            };
            let page = self.page.get_or_insert_default();
            if page.push(chunk) {
                return Poll::Ready(page.error(self.body.origin(), "a stream"));
            }
        }
    }

    fn unreadable(&self, error: FrameError) -> runnable_core::Error {
        let origin = self.origin();
        let error = error.masked(origin.secrets());
        let message = format!("cannot read the response of {} to {origin}: {error}", origin.host());
        origin.secrets().mask_error(origin.failure(ErrorKind::Parse, message).with_source(error))
    }
}

impl<D: Decoder + Unpin> Stream for Frames<D> {
    type Item = Result<D::Frame>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_frame(cx)
    }
}

impl<D> fmt::Debug for Frames<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frames").field("origin", self.body.origin()).finish_non_exhaustive()
    }
}
