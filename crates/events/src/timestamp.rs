//! Formats a point in time as text.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

const SECONDS_PER_DAY: i64 = 24 * 60 * 60;

/// A point in time. `Display` formats it in UTC in the format of RFC 3339, with microseconds.
#[derive(Clone, Copy)]
pub(crate) struct Timestamp {
    /// The microseconds since 1970-01-01 UTC.
    microseconds: i64,
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let micros = |duration: Duration| i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        let microseconds = match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => micros(since),
            Err(before) => -micros(before.duration()),
        };
        Self { microseconds }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, micros) =
            (self.microseconds.div_euclid(1_000_000), self.microseconds.rem_euclid(1_000_000));
        let (year, month, day) = date(seconds.div_euclid(SECONDS_PER_DAY));
        let second = seconds.rem_euclid(SECONDS_PER_DAY);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z")
    }
}

/// Converts a number of days since 1970-01-01 to a date: the year, the month and the day of the
/// month.
///
/// In the computation, a year starts in March, so that a leap day is the last day of a year. A
/// period of 400 years has 146,097 days.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468; // Days since 0000-03-01.
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    // From March on, each group of five months has 153 days.
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, next_year) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year + next_year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_printed_in_utc() {
        for (microseconds, text) in [
            (0, "1970-01-01T00:00:00.000000Z"),
            (951_782_399_999_999, "2000-02-28T23:59:59.999999Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"),
            (1_709_251_199_000_001, "2024-02-29T23:59:59.000001Z"),
            (1_709_251_200_000_000, "2024-03-01T00:00:00.000000Z"),
            (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"),
            (-1, "1969-12-31T23:59:59.999999Z"),
        ] {
            assert_eq!(Timestamp { microseconds }.to_string(), text);
        }
    }

    #[test]
    fn the_dates_of_four_centuries_are_consecutive() {
        let mut before = date(-1);
        for day in 0..146_097 {
            let (year, month, day_of_month) = date(day);
            let next = (before.0, before.1, before.2 + 1);
            let starts_month = day_of_month == 1 && (year, month) != (before.0, before.1);
            assert!((year, month, day_of_month) == next || starts_month, "{day}");
            before = (year, month, day_of_month);
        }
        assert_eq!(before, (2369, 12, 31));
    }
}
