//! Durations in the formats that services use.

use std::time::Duration;

/// The longest delay that is accepted.
pub(crate) const LONGEST: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Parses `1s`, `6m0s`, `120ms`, `1h2m3.5s`, or a bare number of seconds.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    if let Some(duration) = whole(rest) {
        return Some(duration);
    }
    if let Ok(number) = rest.parse() {
        return seconds(number);
    }
    let mut sum = 0.0;
    while !rest.is_empty() {
        let unit = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..unit].parse().ok()?;
        rest = &rest[unit..];
        let end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        sum += number * unit_seconds(&rest[..end])?;
        rest = &rest[end..];
    }
    (!text.trim().is_empty()).then(|| seconds(sum))?
}

/// Parses `1s`, `120ms` or `52`, which need no fractions. Most durations have this form, and
/// floating-point parsing is slower.
fn whole(text: &str) -> Option<Duration> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let number = text[..digits].parse().ok()?;
    let duration = match &text[digits..] {
        "ms" => Duration::from_millis(number),
        "" | "s" => Duration::from_secs(number),
        _ => return None,
    };
    Some(duration.min(LONGEST))
}

/// Converts a number of seconds to a duration of at most [`LONGEST`]. Returns `None` for a negative
/// number and for NaN.
pub(crate) fn seconds(number: f64) -> Option<Duration> {
    (number >= 0.0).then(|| Duration::from_secs_f64(number.min(LONGEST.as_secs_f64())))
}

fn unit_seconds(unit: &str) -> Option<f64> {
    Some(match unit {
        "d" => 86_400.0,
        "h" => 3_600.0,
        "m" => 60.0,
        "s" => 1.0,
        "ms" => 1e-3,
        "us" | "µs" => 1e-6,
        "ns" => 1e-9,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_is_parsed() {
        for (text, millis) in [
            ("1s", 1_000),
            ("6m0s", 360_000),
            ("120ms", 120),
            ("1h2m3.5s", 3_723_500),
            ("1m3.57s", 63_570),
            ("48.939s", 48_939),
            (" 20 ", 20_000),
            ("0.25", 250),
            ("0s", 0),
        ] {
            assert_eq!(parse(text), Some(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn invalid_durations_are_rejected_and_long_ones_are_capped() {
        for text in
            ["", "soon", "-5", "-1s", "NaN", "5 parsecs", "s", "1s2", "2026-01-01T00:00:23Z"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
        for text in ["1e300", "inf", "99999999h"] {
            assert_eq!(parse(text), Some(LONGEST), "{text}");
        }
    }
}
