//! Rate limits in the headers of a response.

use std::borrow::Cow;

use http::HeaderMap;
use runnable_chat::message::RateLimit;

use super::moment;

/// Reads the rate limits that a service reports in its headers, in the order of the headers.
///
/// | headers | services | names |
/// |---|---|---|
/// | `x-ratelimit-limit-tokens`, `…-remaining-tokens`, `…-reset-tokens` | OpenAI, Azure, Groq, xAI, Mistral | `tokens`, `requests`, `tokens-minute`, … |
/// | `anthropic-ratelimit-input-tokens-limit`, … | Anthropic | `input-tokens`, … |
/// | `x-ratelimit-limit`, `ratelimit-limit`, … | OpenRouter, Together | `requests` |
/// | `x-ratelimitbysize-limit-minute`, … | Mistral | `bysize-minute`, … |
///
/// A reset has one of three forms: a point in time ([RFC 3339], or a number of seconds or
/// milliseconds since 1970 above one billion), a number of seconds from now, or a duration such as
/// `1m3.57s`. An invalid value is ignored. At most 64 limits are read. For an error with status
/// 429, [`retry_after`](runnable_core::Error::retry_after) is read from the same headers by the
/// same rules.
///
/// ```
/// use http::{HeaderMap, HeaderValue};
/// use runnable_http::chat::rate_limits;
///
/// let mut headers = HeaderMap::new();
/// headers.insert("x-ratelimit-limit-tokens", HeaderValue::from_static("2000"));
/// headers.insert("x-ratelimit-remaining-tokens", HeaderValue::from_static("1990"));
/// let limits = rate_limits(&headers);
/// assert_eq!(limits[0].name, "tokens");
/// assert_eq!((limits[0].limit, limits[0].remaining), (Some(2000), Some(1990)));
/// ```
///
/// [RFC 3339]: https://www.rfc-editor.org/rfc/rfc3339
pub fn rate_limits(headers: &HeaderMap) -> Vec<RateLimit> {
    let mut limits: Vec<RateLimit> = Vec::new();
    for (header, value) in headers {
        let Some((kind, name, measure)) = parts(header.as_str()) else { continue };
        let Ok(text) = value.to_str() else { continue };
        let (count, reset) = match measure {
            Measure::Reset => (None, moment::parse(text)),
            _ => (count(text), None),
        };
        if count.is_none() && reset.is_none() {
            continue;
        }
        let name = full_name(kind, name);
        let place = match limits.iter().position(|limit| limit.name == name) {
            Some(place) => place,
            None if limits.len() == MOST => continue,
            None => {
                // Most services report two limits, so reserve space for two.
                if limits.is_empty() {
                    limits.reserve_exact(2);
                }
                limits.push(RateLimit::new(name));
                limits.len() - 1
            }
        };
        let limit = &mut limits[place];
        match measure {
            Measure::Limit => limit.limit = count,
            Measure::Remaining => limit.remaining = count,
            Measure::Reset => limit.reset = reset,
        }
    }
    limits
}

/// The maximum number of limits that are read, because each header is compared with all of them.
const MOST: usize = 64;

/// The property of a limit that a header describes.
#[derive(Clone, Copy)]
enum Measure {
    Limit,
    Remaining,
    Reset,
}

const MEASURES: [(&str, Measure); 3] =
    [("limit", Measure::Limit), ("remaining", Measure::Remaining), ("reset", Measure::Reset)];

/// Splits a header name of the form `x-ratelimit<kind>-<measure>-<name>` or `…-<name>-<measure>`
/// into its parts.
fn parts(header: &str) -> Option<(&str, &str, Measure)> {
    let without_vendor = header.strip_prefix("x-").or_else(|| header.strip_prefix("anthropic-"));
    let rest = without_vendor.unwrap_or(header).strip_prefix("ratelimit")?;
    let (kind, rest) = match rest.strip_prefix('-') {
        Some(rest) => ("", rest),
        None => rest.split_once('-')?,
    };
    MEASURES.into_iter().find_map(|(word, measure)| {
        let name = match (rest.strip_prefix(word), rest.strip_suffix(word)) {
            (Some(""), _) => "",
            (Some(name), _) => name.strip_prefix('-')?,
            (None, name) => name?.strip_suffix('-')?,
        };
        Some((kind, name, measure))
    })
}

/// The names that nearly all services use. They are constants, so they need no allocation.
const NAMES: [&str; 7] = [
    "requests",
    "tokens",
    "input-tokens",
    "output-tokens",
    "req-minute",
    "tokens-minute",
    "input-images",
];

fn full_name(kind: &str, name: &str) -> Cow<'static, str> {
    match (kind, name) {
        ("", "") => Cow::Borrowed("requests"),
        ("", name) => match NAMES.iter().find(|known| **known == name) {
            Some(known) => Cow::Borrowed(known),
            None => Cow::Owned(name.to_owned()),
        },
        (kind, "") => Cow::Owned(kind.to_owned()),
        (kind, name) => Cow::Owned(format!("{kind}-{name}")),
    }
}

fn count(text: &str) -> Option<u64> {
    // Some services append the time window to the number: `100, 100;w=60`.
    let first = || text.split([',', ';']).next()?.trim().parse().ok();
    text.parse().ok().or_else(first)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use http::{HeaderName, HeaderValue};
    use runnable_chat::message::RateLimitReset;

    use super::*;

    fn read(headers: &[(&'static str, &'static str)]) -> Vec<RateLimit> {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        rate_limits(&headers.collect())
    }

    fn limit(
        name: &'static str,
        limit: Option<u64>,
        remaining: Option<u64>,
        reset: Option<RateLimitReset>,
    ) -> RateLimit {
        let mut read = RateLimit::new(name);
        (read.limit, read.remaining, read.reset) = (limit, remaining, reset);
        read
    }

    fn after(millis: u64) -> Option<RateLimitReset> {
        Some(RateLimitReset::After(Duration::from_millis(millis)))
    }

    fn at(millis: u64) -> Option<RateLimitReset> {
        Some(RateLimitReset::At(SystemTime::UNIX_EPOCH + Duration::from_millis(millis)))
    }

    #[test]
    fn the_headers_of_each_service_are_read() {
        let openai = read(&[
            ("date", "Mon, 10 Mar 2025 01:25:52 GMT"),
            ("x-ratelimit-limit-requests", "10000"),
            ("x-ratelimit-limit-tokens", "2000000"),
            ("x-ratelimit-remaining-requests", "9999"),
            ("x-ratelimit-remaining-tokens", "1999984"),
            ("x-ratelimit-reset-requests", "6ms"),
            ("x-ratelimit-reset-tokens", "1m3.57s"),
            ("x-ratelimit-remaining-tokens_usage_based", "249979"),
        ]);
        let expected = [
            limit("requests", Some(10_000), Some(9_999), after(6)),
            limit("tokens", Some(2_000_000), Some(1_999_984), after(63_570)),
            limit("tokens_usage_based", None, Some(249_979), None),
        ];
        assert_eq!(openai, expected);

        let anthropic = read(&[
            ("anthropic-ratelimit-input-tokens-limit", "10000000"),
            ("anthropic-ratelimit-input-tokens-remaining", "9999000"),
            ("anthropic-ratelimit-input-tokens-reset", "2026-08-19T14:34:11Z"),
        ]);
        let reset = at(1_787_150_051_000);
        let expected = [limit("input-tokens", Some(10_000_000), Some(9_999_000), reset)];
        assert_eq!(anthropic, expected);

        let mistral = read(&[
            ("x-ratelimit-limit-req-minute", "100"),
            ("x-ratelimitbysize-remaining-minute", "500000"),
            ("ratelimitbysize-reset", "52"),
            ("x-ratelimit-tokens-query-cost", "97"),
        ]);
        let expected = [
            limit("req-minute", Some(100), None, None),
            limit("bysize-minute", None, Some(500_000), None),
            limit("bysize", None, None, after(52_000)),
        ];
        assert_eq!(mistral, expected);

        let openrouter = read(&[
            ("x-ratelimit-limit", "20"),
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "1741305600123"),
        ]);
        let expected = [limit("requests", Some(20), Some(0), at(1_741_305_600_123))];
        assert_eq!(openrouter, expected);

        let draft =
            read(&[("ratelimit-limit", "100, 100;w=60"), ("ratelimit-reset", "1741305600")]);
        assert_eq!(draft, [limit("requests", Some(100), None, at(1_741_305_600_000))]);
    }

    #[test]
    fn invalid_headers_are_ignored() {
        let read = read(&[
            ("x-ratelimit-remaining-tokens", "-1"),
            ("x-ratelimit-limit-tokens", "many"),
            ("x-ratelimit-reset-tokens", "soon"),
            ("x-ratelimit-reset-requests", "NaN"),
            ("x-ratelimit-limit-requests", "7"),
            ("x-ratelimit", "8"),
            ("x-ratelimits-are-fun", "9"),
        ]);
        assert_eq!(read, [limit("requests", Some(7), None, None)]);
    }
}
