//! Points in time and waits, as services write them: one rule for all headers.

use std::time::{Duration, SystemTime};

use runnable_chat::message::RateLimitReset;

use super::{
    date,
    duration::{self, LONGEST},
};

/// From here on, a number is not a duration but a time of the calendar, in seconds since 1970…
const FIRST_SECONDS: f64 = 1e9;
/// …and from here on, in milliseconds.
const FIRST_MILLIS: f64 = 1e11;

/// Reads when something is over: a time of the calendar (RFC 3339, the date of a header, or more than
/// a billion seconds or milliseconds since 1970), otherwise the seconds until then, or a duration such
/// as `1m3.57s`.
pub(crate) fn parse(text: &str) -> Option<RateLimitReset> {
    let text = text.trim();
    // No shorter text is as large a number, and most are short.
    let number = if text.len() < 10 { None } else { text.parse::<f64>().ok() };
    match number {
        Some(number) if number >= FIRST_SECONDS && number.is_finite() => {
            let millis = if number < FIRST_MILLIS { number * 1e3 } else { number };
            // A cast saturates.
            let since_1970 = Duration::from_millis(millis as u64);
            SystemTime::UNIX_EPOCH.checked_add(since_1970).map(RateLimitReset::At)
        }
        _ => duration::parse(text)
            .map(RateLimitReset::After)
            .or_else(|| date::parse(text).map(RateLimitReset::At))
            .or_else(|| httpdate::parse_http_date(text).ok().map(RateLimitReset::At)),
    }
}

/// How long it is until then, 30 days at most; nothing, if it is past.
pub(crate) fn until(reset: RateLimitReset, now: SystemTime) -> Duration {
    let wait = match reset {
        RateLimitReset::After(wait) => wait,
        RateLimitReset::At(at) => at.duration_since(now).unwrap_or_default(),
    };
    wait.min(LONGEST)
}
