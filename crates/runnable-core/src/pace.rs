//! Turns for other tasks, while a stream is always ready.

use std::{
    task::{self, Poll},
    time::Duration,
};

use tokio::{runtime::Handle, time::Instant};

/// The number of chunks or items that are ready one after the other, after which other tasks run.
pub(crate) const READY: u16 = 128;

/// The time of one chunk or item from which on each has a turn of its own.
const SLOW: Duration = Duration::from_micros(500);

/// The largest number of chunks between two looks at the clock, so that a look costs each little.
const STRIDE: u16 = 32;

/// Lets other tasks run while something is always ready: after so many items, or after each of them
/// if they are slow. Otherwise a task that reads such a stream in a loop would never return to its
/// executor, and no timer, no `select!` and no other task could go on.
///
/// It counts by itself, because tokio's own budget knows nothing of slow items. It looks at the clock
/// seldom while items are quick, and never for a stream of one chunk. Outside of a runtime there are
/// no tasks that it knows of, and what is always ready never waits.
#[derive(Debug)]
pub(crate) struct Pace {
    /// The number of items in this turn, up to the last look.
    ready: u16,
    /// The number of items until the next look.
    left: u16,
    /// The number of items between the last look and the next.
    step: u16,
    /// The number of items between two looks, as quick as the last ones were.
    stride: u16,
    /// The time of the last look; `None` at the begin of a turn.
    since: Option<Instant>,
    /// Whether the last items were slow. One that is slow by itself may only have been interrupted.
    slow: bool,
}

impl Pace {
    pub(crate) fn new() -> Self {
        Self { ready: 0, left: 2, step: 2, stride: 1, since: None, slow: false }
    }

    /// Polls for an item, unless it is the turn of other tasks.
    #[inline]
    pub(crate) fn poll<T>(
        &mut self,
        cx: &mut task::Context<'_>,
        poll: impl FnOnce(&mut task::Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        if self.left == 0 && self.give_turn(cx) {
            return Poll::Pending;
        }
        self.left -= 1;
        let poll = poll(cx);
        if poll.is_pending() {
            self.rest();
        }
        poll
    }

    /// Ends this turn if it is over and others can have theirs.
    #[cold]
    fn give_turn(&mut self, cx: &mut task::Context<'_>) -> bool {
        if !self.is_over() {
            return false;
        }
        let given = give_turn(cx);
        // The next turn begins when this is polled again, and its first item is timed.
        self.begin(if given { 0 } else { self.stride });
        given
    }

    fn is_over(&mut self) -> bool {
        self.ready += self.step;
        if self.ready > READY {
            return true;
        }
        let now = Instant::now();
        if let Some(since) = self.since {
            let slow = now.duration_since(since) >= SLOW * u32::from(self.step);
            if slow && self.slow {
                self.stride = 1;
                return true;
            }
            self.slow = slow;
            self.stride = if slow { 1 } else { STRIDE.min(self.stride * 2) };
        }
        self.since = Some(now);
        (self.left, self.step) = (self.stride, self.stride);
        false
    }

    /// The stream waits for something, and other tasks run anyway.
    #[cold]
    fn rest(&mut self) {
        self.begin(self.stride.max(2));
    }

    fn begin(&mut self, step: u16) {
        (self.ready, self.left, self.step, self.since) = (0, step, step, None);
    }
}

/// Lets other tasks run, if there can be any: the task that polls gets nothing now, and is woken at
/// once.
#[cold]
pub(crate) fn give_turn(cx: &mut task::Context<'_>) -> bool {
    let in_runtime = Handle::try_current().is_ok();
    if in_runtime {
        cx.waker().wake_by_ref();
    }
    in_runtime
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    /// Keeps the thread for 5 ms.
    fn compute() {
        let _ = tokio::time::advance(Duration::from_millis(5)).now_or_never();
    }

    /// How many items are ready before each of the first turns of other tasks.
    fn turns(pace: &mut Pace, count: usize, mut item: impl FnMut()) -> Vec<usize> {
        let mut cx = task::Context::from_waker(task::Waker::noop());
        let mut turns = vec![0];
        while turns.len() <= count {
            let last = turns.len() - 1;
            let ready = |_: &mut task::Context<'_>| {
                item();
                Poll::Ready(())
            };
            match pace.poll(&mut cx, ready) {
                Poll::Ready(()) => turns[last] += 1,
                Poll::Pending => turns.push(0),
            }
        }
        turns.pop();
        turns
    }

    #[tokio::test(start_paused = true)]
    async fn quick_items_share_a_turn() {
        let turns = turns(&mut Pace::new(), 5, || ());
        assert!(turns.iter().all(|turn| (128..=160).contains(turn)), "{turns:?}");
    }

    #[test]
    fn outside_of_a_runtime_no_item_waits() {
        let (mut pace, mut cx) = (Pace::new(), task::Context::from_waker(task::Waker::noop()));
        for _ in 0..10_000 {
            assert!(pace.poll(&mut cx, |_| Poll::Ready(())).is_ready());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn slow_items_have_a_turn_each() {
        let turns = turns(&mut Pace::new(), 4, compute);
        assert_eq!(turns, [4, 1, 1, 1]);
    }

    #[tokio::test(start_paused = true)]
    async fn one_slow_item_alone_ends_no_turn() {
        let mut items = 0;
        let turns = turns(&mut Pace::new(), 1, || {
            items += 1;
            if items == 4 {
                compute();
            }
        });
        assert!(turns[0] >= 128, "{turns:?}");
    }
}
