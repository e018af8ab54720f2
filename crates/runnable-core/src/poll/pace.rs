//! [`Pace`]: lets other tasks run while a stream is always ready.

use std::{
    task::{self, Poll},
    time::Duration,
};

use tokio::{runtime::Handle, time::Instant};

/// The number of consecutive ready chunks or items after which other tasks run.
pub(crate) const READY: u16 = 128;

/// The time from which a chunk or an item counts as slow. While items are slow, other tasks run
/// after each item.
const SLOW: Duration = Duration::from_micros(500);

/// The maximum number of chunks between two readings of the clock. The clock is not read for each
/// chunk, so that the cost per chunk is small.
const STRIDE: u16 = 32;

/// Lets other tasks run while a stream is always ready: after a number of items, or after each item
/// if the items are slow.
///
/// Otherwise, a task that reads such a stream in a loop would never return to its executor, so no
/// timer, no `select!` and no other task could continue.
///
/// `Pace` counts items itself, because the cooperative budget of tokio does not take slow items
/// into account. It rarely reads the clock while items are quick, and never for a stream of a
/// single chunk. Outside a tokio runtime, it has no effect.
#[derive(Debug)]
pub(crate) struct Pace {
    /// The number of items in this turn, up to the last reading of the clock. A turn is the time
    /// between two moments at which other tasks run.
    ready: u16,
    /// The number of items until the next reading of the clock.
    left: u16,
    /// The number of items between the last reading of the clock and the next reading.
    step: u16,
    /// The number of items between two readings, if the items are as quick as the last items.
    stride: u16,
    /// The time of the last reading. `None` at the start of a turn.
    since: Option<Instant>,
    /// Whether the items before the last reading were slow. A single slow item does not count,
    /// because the thread may have been interrupted.
    slow: bool,
}

impl Pace {
    pub(crate) fn new() -> Self {
        Self { ready: 0, left: 2, step: 2, stride: 1, since: None, slow: false }
    }

    /// Polls for an item, or returns `Pending` if other tasks have to run first.
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

    /// If this turn is over and other tasks may be waiting, lets them run. Returns whether the
    /// caller must return `Pending`.
    #[cold]
    fn give_turn(&mut self, cx: &mut task::Context<'_>) -> bool {
        if !self.is_over() {
            return false;
        }
        let given = give_turn(cx);
        // The next turn starts with the next poll, and its first item is timed.
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

    /// Starts a new turn after the stream was pending, because other tasks run in that time.
    #[cold]
    fn rest(&mut self) {
        self.begin(self.stride.max(2));
    }

    fn begin(&mut self, step: u16) {
        (self.ready, self.left, self.step, self.since) = (0, step, step, None);
    }
}

/// Lets other tasks run. In a tokio runtime, wakes the current task, so that it is polled again
/// soon, and returns `true`: the caller must then return `Pending`. Outside a runtime, does nothing
/// and returns `false`.
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

    /// Blocks the thread for 5 ms.
    fn compute() {
        let _ = tokio::time::advance(Duration::from_millis(5)).now_or_never();
    }

    /// Returns how many items were ready before each of the first `count` times that other tasks
    /// ran.
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
    async fn many_quick_items_share_a_turn() {
        let turns = turns(&mut Pace::new(), 5, || ());
        assert!(turns.iter().all(|turn| (128..=160).contains(turn)), "{turns:?}");
    }

    #[test]
    fn outside_a_runtime_no_item_waits() {
        let (mut pace, mut cx) = (Pace::new(), task::Context::from_waker(task::Waker::noop()));
        for _ in 0..10_000 {
            assert!(pace.poll(&mut cx, |_| Poll::Ready(())).is_ready());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn each_slow_item_ends_a_turn() {
        let turns = turns(&mut Pace::new(), 4, compute);
        assert_eq!(turns, [4, 1, 1, 1]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_single_slow_item_does_not_end_a_turn() {
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
