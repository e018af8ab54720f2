//! [`Percentiles`] of durations.

use std::time::Duration;

use serde::Serialize;

/// Percentiles of durations, in milliseconds.
///
/// A percentile is the smallest duration that is at least as long as this part of all durations, so
/// it is always a duration that was measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Percentiles {
    pub(crate) p50: f64,
    pub(crate) p90: f64,
    pub(crate) p99: f64,
    pub(crate) max: f64,
}

impl Percentiles {
    /// Returns the percentiles, or `None` if there are no durations.
    pub(crate) fn of(mut durations: Vec<Duration>) -> Option<Self> {
        durations.sort_unstable();
        let at = |percent: usize| {
            let rank = (durations.len() * percent).div_ceil(100).max(1);
            durations.get(rank - 1).map(|duration| duration.as_secs_f64() * 1e3)
        };
        Some(Self { p50: at(50)?, p90: at(90)?, p99: at(99)?, max: at(100)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_measured_durations() {
        let durations = (1..=10).rev().map(Duration::from_millis).collect();
        let expected = Percentiles { p50: 5.0, p90: 9.0, p99: 10.0, max: 10.0 };
        assert_eq!(Percentiles::of(durations), Some(expected));
    }

    #[test]
    fn a_single_duration_is_every_percentile() {
        let expected = Percentiles { p50: 7.0, p90: 7.0, p99: 7.0, max: 7.0 };
        assert_eq!(Percentiles::of(vec![Duration::from_millis(7)]), Some(expected));
        assert_eq!(Percentiles::of(Vec::new()), None);
    }
}
