//! [`Paced`]: a stream that lets other tasks run while it is always ready.

use std::{
    pin::Pin,
    task::{self, Poll},
};

use futures_core::Stream;

use super::pace::Pace;

/// A stream that lets other tasks run while it is always ready: see [`Pace`].
pub(crate) struct Paced<S> {
    stream: S,
    pace: Pace,
}

impl<S> Paced<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self { stream, pace: Pace::new() }
    }
}

impl<S: Stream + Unpin> Stream for Paced<S> {
    type Item = S::Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<S::Item>> {
        let Self { stream, pace } = &mut *self;
        pace.poll(cx, |cx| Pin::new(stream).poll_next(cx))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.size_hint()
    }
}
