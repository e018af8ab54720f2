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

use super::{Decoder, FrameError, SseDecoder};
use crate::{
    guarded_body::GuardedBody,
    origin::Origin,
    page::{Page, begins_as_page},
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
    over: bool,
}

impl<D: Decoder> Frames<D> {
    pub(crate) fn new(body: GuardedBody, decoder: D, page: Option<Page>) -> Self {
        let beginning = (page.is_none() && !decoder.reads_markup()).then(Vec::new);
        Self { body, decoder, page, beginning, over: false }
    }

    /// Those of a body that has come.
    pub(crate) fn of_body(body: Bytes, origin: Origin, decoder: D) -> Self {
        Self::new(GuardedBody::new(body.into(), origin, None, None, None), decoder, None)
    }

    /// Which request this is the answer to.
    pub fn origin(&self) -> &Origin {
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
        let frame = match self.page {
            Some(_) => Some(Err(ready!(self.poll_page(cx)))),
            None => match ready!(self.poll_decoded(cx)) {
                // It was seen to be a page only now.
                None if self.page.is_some() => Some(Err(ready!(self.poll_page(cx)))),
                frame => frame,
            },
        };
        if !matches!(frame, Some(Ok(_))) {
            self.over = true;
            self.body.close();
        }
        Poll::Ready(frame)
    }

    fn poll_decoded(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<D::Frame>>> {
        loop {
            if let Some(frame) = self.decoder.next() {
                return Poll::Ready(Some(frame.map_err(|error| self.unreadable(error))));
            }
            match ready!(self.body.poll_piece(cx)) {
                Some(Ok(piece)) => {
                    if let Some(piece) = self.no_page(piece) {
                        self.decoder.push(piece);
                    }
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
        let what = format!("cannot read the answer of {} to {origin}: {error}", origin.host());
        origin.failure(ErrorKind::Parse, what).caused_by(error)
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
