//! [`Date`]: a day of the calendar, in UTC.

use serde::Deserialize;

/// A day of the Gregorian calendar, as the number of days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Date(pub(super) i64);

impl Date {
    /// Creates a date. Returns `None` if the month does not have this day.
    pub(super) fn of(year: u16, month: u8, day: u8) -> Option<Self> {
        let is_leap =
            year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days_in_month = match month {
            2 if is_leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            _ => return None,
        };
        if !(1..=days_in_month).contains(&day) {
            return None;
        }
        // Count years from March, so that the leap day is the last day of its year.
        let (year, month, day) = (i64::from(year), i64::from(month), i64::from(day));
        let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
        let day_of_year = (153 * month + 2) / 5 + day - 1;
        // The constant is the number of days from 0000-03-01 to 1970-01-01.
        Some(Self(365 * year + leap_days + day_of_year - 719_468))
    }

    /// Parses digits: four of the year, two of the month, two of the day.
    pub(super) fn from_digits(digits: &str) -> Option<Self> {
        if digits.len() != 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        Self::of(digits[..4].parse().ok()?, digits[4..6].parse().ok()?, digits[6..].parse().ok()?)
    }
}

impl TryFrom<String> for Date {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let has_dashes = text.match_indices('-').map(|(index, _)| index).eq([4, 7]);
        let date = has_dashes.then(|| Self::from_digits(&text.replace('-', ""))).flatten();
        date.ok_or_else(|| format!("invalid date `{text}`: expected a day such as `2025-12-31`"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_counted_from_1970() {
        assert_eq!(Date::of(1970, 1, 1), Some(Date(0)));
        assert_eq!(Date::of(2000, 3, 1), Some(Date(11_017)));
        assert_eq!(Date::of(2024, 2, 29), Some(Date(19_782)));
        assert_eq!(Date::of(2026, 11, 29), Some(Date(20_786)));
        assert_eq!(Date::of(2023, 2, 29), None);
        assert_eq!(Date::from_digits("20251332"), None);
    }
}
