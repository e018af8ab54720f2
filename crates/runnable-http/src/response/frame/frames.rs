//! The frames of an answer.

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

/// The frames of an answer, as they come. Dropping it closes the connection.
///
/// It ends after the last frame, or after an error. What had come before the error has been given
/// out; an unfinished frame is not.
pub struct Frames<D = SseDecoder> {
    body: GuardedBody,
    decoder: D,
    /// What is read instead of frames, of an answer that is a page.
    page: Option<Page>,
    /// The beginning of the answer, until it is known whether it is a page; `None` from then on.
    beginning: Option<Vec<u8>>,
    /// Bytes that came and were not given to the decoder.
    rest: Bytes,
    /// The number of frames that were ready one after the other.
    ready: u32,
    over: bool,
}

/// After so many frames that were ready one after the other, other tasks have a turn.
const READY: u32 = 256;

/// An answer that begins with so much white space is not looked at for a page.
const LONGEST_BLANK: usize = 4 << 10;

impl<D: Decoder> Frames<D> {
    pub(crate) fn new(body: GuardedBody, decoder: D, page: Option<Page>) -> Self {
        let beginning = (page.is_none() && !decoder.reads_markup()).then(Vec::new);
        Self { body, decoder, page, beginning, rest: Bytes::new(), ready: 0, over: false }
    }

    /// Those of a body that has come.
    pub(crate) fn of_body(body: Bytes, origin: RequestInfo, mut decoder: D) -> Self {
        decoder.set_origin(&origin);
        Self::new(GuardedBody::new(body.into(), origin, None, None, None), decoder, None)
    }

    /// Which request this is the answer to.
    pub fn origin(&self) -> &RequestInfo {
        self.body.origin()
    }

    /// What makes the frames.
    pub fn decoder(&self) -> &D {
        &self.decoder
    }

    /// The next frame; `None` after the last.
    ///
    /// # Errors
    ///
    /// - [`Connection`](ErrorKind::Connection): the connection broke.
    /// - [`Timeout`](ErrorKind::Timeout): of the phase `Silence` or `Call`.
    /// - [`Parse`](ErrorKind::Parse): the answer is no such framing, or is an HTML page.
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
                // It was seen to be a page only now.
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
                let piece = self.rest.split_to(self.rest.len().min(Turn::MOST));
                let length = piece.len();
                self.decoder.push(piece);
                // A piece may be millions of lines that are not a frame.
                if turn.is_over(length, cx) {
                    return Poll::Pending;
                }
                continue;
            }
            match ready!(self.body.poll_piece(cx)) {
                Some(Ok(piece)) => {
                    self.rest = self.no_page(piece).unwrap_or_default();
                    if self.page.is_some() {
                        return Poll::Ready(None);
                    }
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => {
                    if let Some(beginning) = self.beginning.take().filter(|it| !it.is_empty()) {
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

    /// The piece, unless the answer begins as a page does. A piece that leaves this open is kept
    /// until the next comes.
    fn no_page(&mut self, piece: Bytes) -> Option<Bytes> {
        let Some(mut beginning) = self.beginning.take() else { return Some(piece) };
        let piece = match beginning.is_empty() {
            true => piece,
            false => {
                beginning.extend_from_slice(&piece);
                Bytes::from(beginning)
            }
        };
        match begins_as_page(&piece) {
            Some(false) => return Some(piece),
            Some(true) => {
                let mut page = Page::default();
                page.push(Some(piece));
                self.page = Some(page);
            }
            // What is looked at again with each piece must stay short.
            None if piece.len() >= LONGEST_BLANK => return Some(piece),
            None => self.beginning = Some(piece.into()),
        }
        None
    }

    fn poll_page(&mut self, cx: &mut Context<'_>) -> Poll<runnable_core::Error> {
        loop {
            if let Some(page) = self.page.as_ref().filter(|page| page.is_enough()) {
                return Poll::Ready(page.error(self.body.origin(), "a stream"));
            }
            let piece = match ready!(self.body.poll_piece(cx)) {
                Some(Ok(piece)) => Some(piece),
                Some(Err(error)) => return Poll::Ready(error),
                None => None,
            };
            let page = self.page.get_or_insert_default();
            if page.push(piece) {
                return Poll::Ready(page.error(self.body.origin(), "a stream"));
            }
        }
    }

    fn unreadable(&self, error: FrameError) -> runnable_core::Error {
        let origin = self.origin();
        let error = error.masked(origin.secrets());
        let what = format!("cannot read the answer of {} to {origin}: {error}", origin.host());
        origin.secrets().mask_error(origin.failure(ErrorKind::Parse, what).with_source(error))
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
