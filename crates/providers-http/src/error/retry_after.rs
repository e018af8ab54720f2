//! How long a service asks to wait.

use std::time::{Duration, SystemTime};

use reqwest::header::HeaderMap;

use super::duration::{LONGEST, parse, seconds};

/// The wait that the headers ask for, 30 days at most.
///
/// The first of these that is there and makes sense: `retry-after-ms`, `retry-after` as seconds,
/// as a duration or as a date (one that is past is no wait), and for a 429, the longest
/// `x-ratelimit-reset-…` of a limit of which nothing remains, or of any if none says so.
pub(super) fn retry_after(headers: &HeaderMap, status: u16, now: SystemTime) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    let millis = || seconds(text("retry-after-ms")?.trim().parse::<f64>().ok()? / 1_000.0);
    let wait = || parse(text("retry-after")?);
    let date = || {
        let date = httpdate::parse_http_date(text("retry-after")?.trim()).ok()?;
        Some(date.duration_since(now).unwrap_or_default().min(LONGEST))
    };
    let reset = || if status == 429 { reset(headers) } else { None };
    millis().or_else(wait).or_else(date).or_else(reset)
}

/// The longest that a limit takes to reset. Beyond that it is a point in time, in seconds since 1970.
const LONGEST_RESET: Duration = Duration::from_secs(24 * 60 * 60);

fn reset(headers: &HeaderMap) -> Option<Duration> {
    let limits = || {
        headers.iter().filter_map(|(name, value)| {
            let limit = name.as_str().strip_prefix("x-ratelimit-reset-")?;
            let remaining = headers.get(format!("x-ratelimit-remaining-{limit}"));
            let wait = parse(value.to_str().ok()?).filter(|wait| *wait <= LONGEST_RESET)?;
            Some((remaining.is_some_and(|left| left == "0"), wait))
        })
    };
    let exhausted = limits().filter(|(exhausted, _)| *exhausted).map(|(_, wait)| wait).max();
    exhausted.or_else(|| limits().map(|(_, wait)| wait).max())
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    fn wait(headers: &[(&str, &str)], status: u16) -> Option<Duration> {
        let headers = headers
            .iter()
            .map(|(name, value)| {
                let name: HeaderName = name.parse().expect("a name");
                (name, HeaderValue::from_str(value).expect("a value"))
            })
            .collect();
        // Sun, 06 Nov 1994 08:49:37 GMT
        retry_after(&headers, status, SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777))
    }

    #[test]
    fn every_spelling_is_read() {
        let seconds = |seconds| Some(Duration::from_secs_f64(seconds));
        for (value, expected) in [
            ("20", seconds(20.0)),
            ("1.5", seconds(1.5)),
            ("0", seconds(0.0)),
            ("2m", seconds(120.0)),
            ("Sun, 06 Nov 1994 08:50:07 GMT", seconds(30.0)),
            ("Sunday, 06-Nov-94 08:50:07 GMT", seconds(30.0)),
            ("Sun Nov  6 08:50:07 1994", seconds(30.0)),
            ("Sun, 06 Nov 1994 08:49:07 GMT", seconds(0.0)),
            ("Sat, 06 Nov 2094 08:49:07 GMT", Some(LONGEST)),
            ("1e12", Some(LONGEST)),
            ("-3", None),
            ("later", None),
            ("", None),
        ] {
            assert_eq!(wait(&[("retry-after", value)], 503), expected, "{value}");
        }
    }

    #[test]
    fn milliseconds_are_more_exact_unless_they_make_no_sense() {
        let both = |millis| wait(&[("retry-after", "1"), ("retry-after-ms", millis)], 429);
        assert_eq!(both("250"), Some(Duration::from_millis(250)));
        assert_eq!(both("0"), Some(Duration::ZERO));
        assert_eq!(both("-1"), Some(Duration::from_secs(1)));
    }

    #[test]
    fn the_limit_that_is_used_up_says_when_it_resets() {
        let mut headers = vec![
            ("x-ratelimit-reset-requests", "120ms"),
            ("x-ratelimit-remaining-requests", "0"),
            ("x-ratelimit-reset-tokens", "6m0s"),
            ("x-ratelimit-remaining-tokens", "17"),
        ];
        assert_eq!(wait(&headers, 429), Some(Duration::from_millis(120)));
        headers[1].1 = "3";
        assert_eq!(wait(&headers, 429), Some(Duration::from_secs(360)));
        headers[2].1 = "1780000000";
        assert_eq!(wait(&headers, 429), Some(Duration::from_millis(120)), "that is a date");
        assert_eq!(wait(&headers, 503), None, "of other statuses they are not the reason");
    }
}
