//! Numbers and values, as they are printed in findings.

use std::time::Duration;

use serde_json::Value;

/// The number of characters to which a printed value is shortened.
const VALUE: usize = 80;

/// The number of characters to which the message of an error is shortened. Its end often says what
/// was expected.
const MESSAGE: usize = 200;

/// Returns a duration with about three digits: `310 ms`, `2.95 s`, `75 s`.
pub(super) fn time(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    match seconds {
        0.0..0.001 => format!("{} µs", duration.as_micros()),
        0.001..0.9995 => format!("{:.0} ms", seconds * 1e3),
        0.9995..9.995 => format!("{seconds:.2} s"),
        9.995..59.95 => format!("{seconds:.1} s"),
        _ => format!("{seconds:.0} s"),
    }
}

/// Returns a number with a noun: `1 attempt`, `3 attempts`.
pub(super) fn count(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// Returns a share of a duration in percent: `42 %`.
pub(super) fn share(part: Duration, of: Duration) -> String {
    format!("{:.0} %", 100.0 * part.as_secs_f64() / of.as_secs_f64().max(f64::MIN_POSITIVE))
}

/// Returns the beginning of a value as JSON, on one line.
pub(super) fn value(value: &Value) -> String {
    shortened(&value.to_string())
}

/// Returns the beginning of a text, on one line.
pub(super) fn shortened(text: &str) -> String {
    beginning(text, VALUE)
}

/// Returns the beginning of the message of an error, on one line.
pub(super) fn message(text: &str) -> String {
    beginning(text, MESSAGE)
}

fn beginning(text: &str, characters: usize) -> String {
    let mut line: String =
        text.chars().take(characters).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(characters).is_some() {
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_digits() {
        for (micros, text) in [
            (0, "0 µs"),
            (999, "999 µs"),
            (1_000, "1 ms"),
            (999_400, "999 ms"),
            (999_600, "1.00 s"),
            (2_951_000, "2.95 s"),
            (12_340_000, "12.3 s"),
            (75_400_000, "75 s"),
        ] {
            assert_eq!(time(Duration::from_micros(micros)), text);
        }
    }

    #[test]
    fn values_are_short_and_on_one_line() {
        assert_eq!(shortened("a\nb"), "a b");
        assert_eq!(shortened(&"é".repeat(81)), "é".repeat(80) + "…");
        assert_eq!(message(&"é".repeat(201)), "é".repeat(200) + "…");
    }
}
