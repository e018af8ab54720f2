//! [`duration_text`]: a time for a table.

use std::time::Duration;

/// Returns a time in milliseconds, or in seconds from one second on. No time is a dash.
pub(super) fn duration_text(time: Option<Duration>) -> String {
    match time {
        None => "-".to_owned(),
        Some(time) if time < Duration::from_secs(1) => format!("{} ms", time.as_millis()),
        Some(time) => format!("{:.2} s", time.as_secs_f64()),
    }
}
