//! Dates in the format of RFC 3339.

use std::time::{Duration, SystemTime};

/// Parses a date in the format of [RFC 3339], such as `2026-08-19T14:34:11Z`. Dates before 1970 are
/// not accepted. Fractions of a second are ignored.
///
/// [RFC 3339]: https://www.rfc-editor.org/rfc/rfc3339
pub(crate) fn parse(text: &str) -> Option<SystemTime> {
    let (date, time) = text.split_once(['T', 't', ' '])?;
    let [year, month, day] = numbers(date, '-')?;
    let (time, offset) = time.split_at(time.find(['Z', 'z', '+', '-'])?);
    let [hour, minute, second] = numbers(time.split('.').next()?, ':')?;
    let is_real = (1970..10_000).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    if !is_real {
        return None;
    }
    let seconds = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    let seconds = match offset.split_at_checked(1)? {
        ("+", offset) => seconds.checked_sub(offset_seconds(offset)?)?,
        ("-", offset) => seconds + offset_seconds(offset)?,
        (_, rest) => rest.is_empty().then_some(seconds)?,
    };
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

fn offset_seconds(offset: &str) -> Option<u64> {
    let [hours, minutes] = numbers(offset, ':')?;
    (hours < 24 && minutes < 60).then_some(hours * 3_600 + minutes * 60)
}

/// Parses exactly `N` numbers that `separator` separates. Each must be below 10,000.
fn numbers<const N: usize>(text: &str, separator: char) -> Option<[u64; N]> {
    let mut numbers = [0; N];
    let mut parts = text.split(separator);
    for number in &mut numbers {
        let digits = parts.next().filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()))?;
        *number = digits.parse().ok().filter(|number| *number < 10_000)?;
    }
    parts.next().is_none().then_some(numbers)
}

/// Returns the number of days from 1970 to a date. In this function, a year starts in March, so
/// that a leap day is the last day of its year.
fn days(year: u64, month: u64, day: u64) -> u64 {
    /// The number of days from 1 March of the year 0 to 1 January 1970.
    const DAYS_BEFORE_1970: u64 = 719_468;
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year / 4 - year / 100 + year / 400;
    year * 365 + leap_days + (month * 153 + 2) / 5 + day - 1 - DAYS_BEFORE_1970
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_equals_the_same_date_of_http() {
        for (date, http_date) in [
            ("1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT"),
            ("2000-02-29T23:59:59Z", "Tue, 29 Feb 2000 23:59:59 GMT"),
            ("2000-03-01T00:00:00z", "Wed, 01 Mar 2000 00:00:00 GMT"),
            ("2024-12-31t12:00:00.999Z", "Tue, 31 Dec 2024 12:00:00 GMT"),
            ("2026-08-19 16:34:11+02:00", "Wed, 19 Aug 2026 14:34:11 GMT"),
            ("2026-08-19T07:04:11.5-07:30", "Wed, 19 Aug 2026 14:34:11 GMT"),
            ("2100-03-01T00:00:00Z", "Mon, 01 Mar 2100 00:00:00 GMT"),
        ] {
            let expected = httpdate::parse_http_date(http_date).expect("a valid HTTP date");
            assert_eq!(parse(date), Some(expected), "{date}");
        }
    }

    #[test]
    fn invalid_dates_are_rejected() {
        for text in [
            "",
            "tomorrow",
            "2026-08-19",
            "2026-08-19T14:34:11",
            "2026-08-19T14:34:11Zulu",
            "2026-13-19T14:34:11Z",
            "2026-00-19T14:34:11Z",
            "2026-08-00T14:34:11Z",
            "2026-08-19T24:00:00Z",
            "2026-08-19T14:34Z",
            "2026-08-+9T14:34:11Z",
            "1969-12-31T23:59:59Z",
            "0000-01-01T00:00:00Z",
            "99999999999999999999-01-01T00:00:00Z",
            "2026-08-19T14:34:11+99:00",
            "1970-01-01T00:00:00+01:00",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
