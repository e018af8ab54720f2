//! The turn of a run: from when on it may be at work.

use std::{
    mem,
    pin::Pin,
    task::{self, Poll},
};

use futures_util::future::{BoxFuture, FutureExt};

use crate::{
    Context,
    budget::{Held, Lease},
};

/// Waits until a run may be at work. Gives the context of the run, and what it has of the call's
/// budget, which it holds until its end; without a budget, nothing.
///
/// A permit is asked for with the first poll, not before: of several calls that are made and then
/// awaited one after the other, the first would wait for what the others have. Who finds one at hand
/// allocates nothing but the lease.
pub(crate) enum Turn {
    /// That of a run that has its whole input.
    Whole(Context),
    /// That of a run whose input is still growing: it needs no permit until that is whole.
    Growing(Context),
    Waiting(BoxFuture<'static, (Context, Option<Held>)>),
    Over,
}

/// Gives a run its part in the budget, without a permit.
pub(crate) fn lease(cx: Context) -> (Context, Option<Held>) {
    match cx.budget() {
        Some(budget) => {
            let held = Lease::streaming(budget.clone(), cx.lease().cloned());
            (cx.leased(&held), Some(held))
        }
        None => (cx, None),
    }
}

impl Future for Turn {
    type Output = (Context, Option<Held>);

    fn poll(self: Pin<&mut Self>, task: &mut task::Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let mut wait = match mem::replace(this, Self::Over) {
            Self::Growing(cx) => return Poll::Ready(lease(cx)),
            Self::Whole(cx) => match lease(cx) {
                (cx, Some(held)) if !held.lease.begins() => {
                    let fill = async move {
                        held.lease.fill().await;
                        (cx, Some(held))
                    };
                    fill.boxed()
                }
                begun => return Poll::Ready(begun),
            },
            Self::Waiting(wait) => wait,
            Self::Over => panic!("`Turn` polled after it was ready"),
        };
        let poll = wait.poll_unpin(task);
        if poll.is_pending() {
            *this = Self::Waiting(wait);
        }
        poll
    }
}
