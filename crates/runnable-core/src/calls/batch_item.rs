//! [`Item`]: the call for one input of a batch.

use std::{
    any::Any,
    panic::{self, AssertUnwindSafe},
    pin::Pin,
    task::{self, Poll},
};

use pin_project_lite::pin_project;

pin_project! {
    /// The call for one input. It catches a panic, so that the panic does not affect the other
    /// inputs.
    ///
    /// This future is written by hand, because an async block would store the call twice. An
    /// adapter would also store whether the call has ended, which is not needed, because a
    /// completed call is never polled again.
    pub(super) struct Item<F> {
        #[pin]
        pub(super) call: F,
        pub(super) index: usize,
    }
}

impl<F: Future> Future for Item<F> {
    /// The index of an input, and its result. The outer error is the panic of the call.
    type Output = (usize, Result<F::Output, Box<dyn Any + Send>>);

    fn poll(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let poll = panic::catch_unwind(AssertUnwindSafe(|| this.call.poll(cx)));
        let result = match poll {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(result)) => Ok(result),
            Err(panic) => Err(panic),
        };
        Poll::Ready((*this.index, result))
    }
}
