//! Formats durations with suitable units.

use std::time::Duration;

/// Formats a duration with a suitable unit, such as `8 µs`, `3.1 ms`, `1.27 s` or `5 min`.
pub(crate) fn human(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    match seconds {
        _ if seconds < 0.001 => format!("{:.0} µs", seconds * 1e6),
        _ if seconds < 0.01 => format!("{:.1} ms", seconds * 1e3),
        _ if seconds < 1.0 => format!("{:.0} ms", seconds * 1e3),
        _ if seconds < 120.0 => format!("{seconds:.2} s"),
        _ => format!("{:.0} min", seconds / 60.0),
    }
}
