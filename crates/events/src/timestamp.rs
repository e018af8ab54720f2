//! Formats a point in time as text, and parses this text.

use std::{
    fmt,
    ops::Range,
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

impl Timestamp {
    /// Reads a time in the format of RFC 3339. Digits after the microseconds are ignored. Returns
    /// `None` if the text does not have this format.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let has = |at: usize, expected: &[u8]| bytes.get(at).is_some_and(|b| expected.contains(b));
        if !(has(4, b"-") && has(7, b"-") && has(10, b"Tt ") && has(13, b":") && has(16, b":")) {
            return None;
        }
        let (year, month, day) = (number(text, 0..4)?, number(text, 5..7)?, number(text, 8..10)?);
        let (hour, minute, second) =
            (number(text, 11..13)?, number(text, 14..16)?, number(text, 17..19)?);
        let days = (1..=12).contains(&month).then(|| days(year, month, day))?;
        if date(days) != (year, month, day) || hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let rest = text.get(19..)?;
        let digits = rest.strip_prefix('.').map_or("", |fraction| {
            let end = fraction.bytes().position(|byte| !byte.is_ascii_digit());
            fraction.get(..end.unwrap_or(fraction.len())).unwrap_or_default()
        });
        if rest.starts_with('.') && digits.is_empty() {
            return None;
        }
        let zone = rest.trim_start_matches('.').get(digits.len()..)?;
        let micros = digits.bytes().chain(*b"000000").take(6);
        let micros = micros.fold(0, |micros, digit| micros * 10 + i64::from(digit - b'0'));
        let seconds = days * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second - offset(zone)?;
        Some(Self { microseconds: seconds * 1_000_000 + micros })
    }

    /// Returns the time. A time that the system cannot represent becomes 1970-01-01 UTC.
    pub(crate) fn to_system_time(self) -> SystemTime {
        let since = Duration::from_micros(self.microseconds.unsigned_abs());
        let time = if self.microseconds < 0 {
            SystemTime::UNIX_EPOCH.checked_sub(since)
        } else {
            SystemTime::UNIX_EPOCH.checked_add(since)
        };
        time.unwrap_or(SystemTime::UNIX_EPOCH)
    }
}

/// Returns the number that the digits in this range of the text form.
fn number(text: &str, range: Range<usize>) -> Option<i64> {
    let digits = text.get(range)?;
    if digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None }
}

/// Returns the seconds by which a time zone, such as `Z` or `+02:00`, is ahead of UTC.
fn offset(zone: &str) -> Option<i64> {
    if zone.eq_ignore_ascii_case("Z") {
        return Some(0);
    }
    let sign = match zone.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let is_complete = zone.len() == 6 && zone.as_bytes().get(3) == Some(&b':');
    let (hours, minutes) = (number(zone, 1..3)?, number(zone, 4..6)?);
    (is_complete && hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
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

/// Converts a date to a number of days since 1970-01-01. The inverse of [`date`].
fn days(year: i64, month: i64, day: i64) -> i64 {
    // As in `date`, a year starts in March.
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    let day = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + 365 * year + year / 4 - year / 100 + day - 719_468
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
            let parsed = Timestamp::parse(text).unwrap();
            assert_eq!(parsed.microseconds, microseconds);
            assert_eq!(Timestamp::from(parsed.to_system_time()).microseconds, microseconds);
        }
    }

    #[test]
    fn times_of_other_programs_are_read() {
        for (text, expected) in [
            ("1970-01-01T00:00:01Z", Some(1_000_000)),
            ("1970-01-01t00:00:01.5z", Some(1_500_000)),
            ("1970-01-01 00:00:01.123456789Z", Some(1_123_456)),
            ("1970-01-01T02:00:01+02:00", Some(1_000_000)),
            ("1969-12-31T23:30:00.25-00:30", Some(250_000)),
            ("1970-01-01T00:00:01", None),
            ("1970-01-01T00:00:01.Z", None),
            ("1970-02-30T00:00:01Z", None),
            ("1970-13-01T00:00:01Z", None),
            ("1970-01-01T24:00:00Z", None),
            ("1970-01-01T00:00:01+0200", None),
            ("1970-01-01T00:00:01Zé", None),
            ("197é-01-01T00:00:01Z", None),
            ("", None),
        ] {
            let parsed = Timestamp::parse(text).map(|time| time.microseconds);
            assert_eq!(parsed, expected, "{text}");
        }
    }

    #[test]
    fn the_dates_of_four_centuries_are_consecutive() {
        let mut before = date(-1);
        for day in 0..146_097 {
            let (year, month, day_of_month) = date(day);
            assert_eq!(days(year, month, day_of_month), day);
            let next = (before.0, before.1, before.2 + 1);
            let starts_month = day_of_month == 1 && (year, month) != (before.0, before.1);
            assert!((year, month, day_of_month) == next || starts_month, "{day}");
            before = (year, month, day_of_month);
        }
        assert_eq!(before, (2369, 12, 31));
    }
}
