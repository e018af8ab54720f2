//! Waiting for the turn of a call.

use std::{future::poll_fn, pin::Pin, task::Poll};

use runnable_core::{Error, Result, RunContext, WaitReason};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::{
    RateLimiter,
    quantity::Tokens,
    state::{Turn, wake},
};

/// A request that was let through.
#[derive(Debug)]
pub(crate) struct Admission {
    limiter: RateLimiter,
    at: Instant,
    estimate: Tokens,
}

impl Admission {
    /// Waits until the limiter lets a request through. Meanwhile, the run holds no permit of the
    /// concurrency limit of its call.
    pub(crate) async fn wait(
        limiter: &RateLimiter,
        cx: &RunContext,
        estimate: Tokens,
    ) -> Result<Self> {
        limiter.check()?;
        let admitted = |at| Self { limiter: limiter.clone(), at, estimate };
        let start = Instant::now();
        let call = match limiter.state().arrive(estimate, start) {
            Ok(()) => return Ok(admitted(start)),
            Err(call) => call,
        };
        let place = Place { limiter, call };
        loop {
            cx.pause(place.turn()).await;
            // The run may have waited for a permit after its turn had come, so look again.
            let now = Instant::now();
            if place.enter(now) {
                cx.emit_wait(WaitReason::RATE_LIMIT, now.saturating_duration_since(start));
                return Ok(admitted(now));
            }
        }
    }

    /// Replaces the estimate by the tokens of the answer.
    pub(crate) fn correct(&self, actual: Tokens) {
        let task = self.limiter.state().correct(self.at, self.estimate, actual);
        wake(task);
    }

    /// Takes over what an error says about the limits of the service.
    pub(crate) fn failed(&self, error: &Error) {
        self.limiter.failed(error);
    }

    pub(crate) fn limiter(&self) -> &RateLimiter {
        &self.limiter
    }
}

/// The place of a call in the queue, until the value is dropped.
struct Place<'a> {
    limiter: &'a RateLimiter,
    call: u64,
}

impl Place<'_> {
    /// Waits until it is the turn of the call.
    async fn turn(&self) {
        let mut sleep: Option<Pin<Box<Sleep>>> = None;
        poll_fn(|task| {
            loop {
                let now = Instant::now();
                let turn = self.limiter.state().turn(self.call, now, Some(task.waker()));
                let (turn, other) = turn;
                wake(other);
                let Turn::At(time) = turn else {
                    return Poll::Ready(());
                };
                let sleep = sleep.get_or_insert_with(|| Box::pin(sleep_until(time)));
                if sleep.deadline() != time {
                    sleep.as_mut().reset(time);
                }
                if sleep.as_mut().poll(task).is_pending() {
                    return Poll::Pending;
                }
            }
        })
        .await;
    }

    /// Lets the call through if it is still its turn.
    fn enter(&self, now: Instant) -> bool {
        let (is_admitted, task) = self.limiter.state().enter(self.call, now);
        wake(task);
        is_admitted
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let task = self.limiter.state().leave(self.call);
        wake(task);
    }
}
