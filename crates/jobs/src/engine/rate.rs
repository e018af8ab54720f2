//! [`Rate`]: how many items are finished per second.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

/// The time over which the rate is measured.
const WINDOW: Duration = Duration::from_secs(60);

/// The time between two samples.
const STEP: Duration = Duration::from_secs(1);

/// Measures how many items are finished per second, over the last minute.
pub(super) struct Rate {
    /// The number of items at some times, oldest first.
    samples: VecDeque<(Instant, u64)>,
}

impl Rate {
    pub(super) fn new(now: Instant) -> Self {
        Self { samples: VecDeque::from([(now, 0)]) }
    }

    /// Records how many items are finished, and returns the rate.
    pub(super) fn update(&mut self, now: Instant, finished: u64) -> f64 {
        while self.samples.len() > 1 && now - self.samples[0].0 > WINDOW {
            self.samples.pop_front();
        }
        let (start, before) = self.samples[0];
        if self.samples.back().is_some_and(|(last, _)| now - *last >= STEP) {
            self.samples.push_back((now, finished));
        }
        let elapsed = (now - start).as_secs_f64();
        if elapsed > 0.0 { (finished - before) as f64 / elapsed } else { 0.0 }
    }
}
