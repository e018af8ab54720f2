//! [`Writes`]: items whose changes are being written to the journal.

use std::{
    collections::HashMap,
    task::{self, Poll},
};

use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use runnable_core::Result;

/// Items whose changes are being written to the journal.
///
/// The items are beside the futures of the journal, and not inside them, so that they can be taken
/// out if the job is dropped.
pub(super) struct Writes<T> {
    written: FuturesUnordered<BoxFuture<'static, (usize, Result<()>)>>,
    /// The items, by the number of their write.
    items: HashMap<usize, Vec<T>>,
    next: usize,
    len: usize,
}

impl<T> Writes<T> {
    pub(super) fn new() -> Self {
        Self { written: FuturesUnordered::new(), items: HashMap::new(), next: 0, len: 0 }
    }

    pub(super) fn push(&mut self, items: Vec<T>, written: BoxFuture<'static, Result<()>>) {
        let number = self.next;
        self.next += 1;
        self.len += items.len();
        self.items.insert(number, items);
        self.written.push(written.map(move |written| (number, written)).boxed());
    }

    /// Returns the items of the next write that has ended. If nothing is being written, it is
    /// pending.
    ///
    /// # Errors
    ///
    /// Returns the error of the write.
    pub(super) fn poll(&mut self, cx: &mut task::Context<'_>) -> Poll<Result<Vec<T>>> {
        let Some((number, written)) = task::ready!(self.written.poll_next_unpin(cx)) else {
            return Poll::Pending;
        };
        let items = self.items.remove(&number).unwrap_or_default();
        self.len -= items.len();
        Poll::Ready(written.map(|()| items))
    }

    /// Returns the number of items.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Returns whether nothing is being written. A write can have no items.
    pub(super) fn is_empty(&self) -> bool {
        self.written.is_empty()
    }

    /// Removes all items. The journal writes their changes nevertheless.
    pub(super) fn take(&mut self) -> impl Iterator<Item = T> {
        self.len = 0;
        std::mem::take(&mut self.items).into_values().flatten()
    }
}
