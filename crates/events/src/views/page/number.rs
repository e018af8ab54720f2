//! Times as numbers of the page's data.

use std::time::{Duration, SystemTime};

use serde::Serializer;

/// Returns the number of milliseconds, with three decimals.
pub(super) fn milliseconds(duration: Duration) -> f64 {
    let microseconds = duration.as_secs_f64() * 1e6;
    microseconds.round() / 1e3
}

/// Returns the number of milliseconds from the start of 1970 to `time`.
pub(super) fn since_1970(time: SystemTime) -> f64 {
    milliseconds(time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default())
}

/// Serializes a duration as a number of milliseconds.
pub(super) fn as_milliseconds<S: Serializer>(
    duration: &Duration,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(milliseconds(*duration))
}

/// Serializes a duration, if there is one, as a number of milliseconds.
pub(super) fn as_optional_milliseconds<S: Serializer>(
    duration: &Option<Duration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match duration {
        Some(duration) => as_milliseconds(duration, serializer),
        None => serializer.serialize_none(),
    }
}
