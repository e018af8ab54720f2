//! Points in time and delays in the formats that services use, parsed the same way for all headers.

use std::time::{Duration, SystemTime};

use runnable_chat::message::RateLimitReset;

use super::{
    date,
    duration::{self, LONGEST},
};

/// The smallest number that is read as a point in time, in seconds since 1970.
const FIRST_SECONDS: f64 = 1e9;
/// The smallest number that is read as a point in time, in milliseconds since 1970.
const FIRST_MILLIS: f64 = 1e11;

/// Parses the time at which a limit resets. It can be a point in time: a date in the format of RFC
/// 3339, an HTTP date, or a number of seconds or milliseconds since 1970 above one billion. It can
/// also be a number of seconds from now, or a duration such as `1m3.57s`.
pub(crate) fn parse(text: &str) -> Option<RateLimitReset> {
    let text = text.trim();
    // A text of fewer than ten characters is smaller than `FIRST_SECONDS`, so do not parse it as a
    // number here. It is parsed below.
    let number = if text.len() < 10 { None } else { text.parse::<f64>().ok() };
    match number {
        Some(number) if number >= FIRST_SECONDS && number.is_finite() => {
            let millis = if number < FIRST_MILLIS { number * 1e3 } else { number };
            // The cast saturates if the number is too large.
            let since_1970 = Duration::from_millis(millis as u64);
            SystemTime::UNIX_EPOCH.checked_add(since_1970).map(RateLimitReset::At)
        }
        _ => duration::parse(text)
            .map(RateLimitReset::After)
            .or_else(|| date::parse(text).map(RateLimitReset::At))
            .or_else(|| httpdate::parse_http_date(text).ok().map(RateLimitReset::At)),
    }
}

/// Returns how long it is until `reset`, at most 30 days, or zero if it is in the past.
pub(crate) fn until(reset: RateLimitReset, now: SystemTime) -> Duration {
    let wait = match reset {
        RateLimitReset::After(wait) => wait,
        RateLimitReset::At(at) => at.duration_since(now).unwrap_or_default(),
    };
    wait.min(LONGEST)
}
