//! Reads how long a service asks the client to wait.

use std::time::{Duration, SystemTime};

use reqwest::header::HeaderMap;

use super::{
    duration::seconds,
    moment::{parse, until},
    rate_limits::rate_limits,
};

/// Returns the delay that the headers ask for, at most 30 days.
///
/// It is taken from the first of these sources that is present and valid:
///
/// 1. the header `retry-after-ms`
/// 2. the header `retry-after` in any format, where a time in the past means no delay
/// 3. for status 429, the longest reset of a [limit](rate_limits) that is used up, or of all limits
///    if no limit is used up
pub(crate) fn retry_after(headers: &HeaderMap, status: u16, now: SystemTime) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    let millis = || seconds(text("retry-after-ms")?.trim().parse::<f64>().ok()? / 1_000.0);
    let wait = || Some(until(parse(text("retry-after")?)?, now));
    let reset = || if status == 429 { reset(headers, now) } else { None };
    millis().or_else(wait).or_else(reset)
}

/// A limit that is not used up is considered only if it resets within this time. A limit that
/// resets later, such as a monthly limit, does not explain why a request was refused.
const LONGEST_RESET: Duration = Duration::from_secs(24 * 60 * 60);

fn reset(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let limits = rate_limits(headers);
    let waits = |used_up: bool| {
        let limits = limits.iter().filter(move |limit| !used_up || limit.remaining == Some(0));
        limits.filter_map(|limit| Some(until(limit.reset?, now)))
    };
    waits(true).max().or_else(|| waits(false).filter(|wait| *wait <= LONGEST_RESET).max())
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::{super::duration::LONGEST, *};

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
    fn each_format_is_parsed() {
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
    fn valid_milliseconds_take_precedence_over_seconds() {
        let both = |millis| wait(&[("retry-after", "1"), ("retry-after-ms", millis)], 429);
        assert_eq!(both("250"), Some(Duration::from_millis(250)));
        assert_eq!(both("0"), Some(Duration::ZERO));
        assert_eq!(both("-1"), Some(Duration::from_secs(1)));
    }

    #[test]
    fn the_delay_is_the_reset_of_the_exhausted_limit() {
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
        assert_eq!(
            wait(&headers, 429),
            Some(Duration::from_millis(120)),
            "a reset that is years away does not count"
        );
        assert_eq!(wait(&headers, 503), None, "limits explain status 429 only");
    }

    #[test]
    fn retry_after_and_resets_are_parsed_the_same_way() {
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        for (value, expected) in [
            ("30", seconds(30)),
            ("1m30s", seconds(90)),
            ("1994-11-06T08:50:07Z", seconds(30)),
            ("Sun, 06 Nov 1994 08:50:07 GMT", seconds(30)),
            ("1994-11-06T08:49:07Z", seconds(0)),
        ] {
            for (reset, remaining) in [
                ("x-ratelimit-reset-requests", "x-ratelimit-remaining-requests"),
                ("anthropic-ratelimit-requests-reset", "anthropic-ratelimit-requests-remaining"),
                ("x-ratelimit-reset", "x-ratelimit-remaining"),
                ("ratelimitbysize-reset", "ratelimitbysize-remaining"),
            ] {
                let headers = [(reset, value), (remaining, "0")];
                assert_eq!(wait(&headers, 429), expected, "{reset}: {value}");
                let headers = headers.map(|(name, value)| {
                    let name: HeaderName = name.parse().expect("a name");
                    (name, HeaderValue::from_str(value).expect("a value"))
                });
                let limits = rate_limits(&headers.into_iter().collect());
                assert_eq!(limits[0].reset, parse(value), "{reset}: {value}");
            }
            assert_eq!(wait(&[("retry-after", value)], 429), expected, "{value}");
        }
    }

    #[test]
    fn large_numbers_are_points_in_time_and_not_durations() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_741_305_540);
        for value in ["1741305600", "1741305600000"] {
            for name in ["retry-after", "x-ratelimit-reset"] {
                let headers = [(name.parse().expect("a name"), HeaderValue::from_static(value))];
                let headers = headers.into_iter().collect::<HeaderMap>();
                let expected = Some(Duration::from_secs(60));
                assert_eq!(retry_after(&headers, 429, now), expected, "{name}: {value}");
            }
        }
    }
}
