//! Rate limits that services report.

use std::{
    borrow::Cow,
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};

/// A rate limit of a service, such as tokens per minute, as reported with an answer.
///
/// ```
/// use runnable_chat::AiMessage;
///
/// fn tokens_left(answer: &AiMessage) -> Option<u64> {
///     answer.rate_limits.iter().find(|limit| limit.name == "tokens")?.remaining
/// }
/// # assert_eq!(tokens_left(&AiMessage::new("Hi")), None);
/// ```
///
/// In JSON, durations and times are in seconds: `{"name": "tokens", "limit": 200000,
/// "remaining": 199968, "reset": {"after": 0.009}}`. A reset at a point in time is
/// `{"at": 1787150051.0}`, in seconds since 1970-01-01 UTC.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RateLimit {
    /// The service's name for the limited quantity, such as `requests`, `tokens` or `input-tokens`.
    pub name: Cow<'static, str>,
    /// The maximum amount per period. The service defines the period, for example a minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// The amount that is left in the current period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remaining: Option<u64>,
    /// The time at which the full amount is available again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reset: Option<RateLimitReset>,
}

impl RateLimit {
    /// Creates a rate limit with this name. All other fields are empty.
    pub fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }
}

/// The time at which the full amount of a [`RateLimit`] is available again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::exhaustive_enums, reason = "a time is either relative or absolute")]
pub enum RateLimitReset {
    /// The limit is reset when this duration has passed since the answer.
    After(#[serde(with = "after")] Duration),
    /// The limit is reset at this point in time.
    At(#[serde(with = "at")] SystemTime),
}

mod after {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(after: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_f64(after.as_secs_f64())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        Duration::try_from_secs_f64(f64::deserialize(from)?).map_err(D::Error::custom)
    }
}

mod at {
    use std::time::{Duration, SystemTime};

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(at: &SystemTime, to: S) -> Result<S::Ok, S::Error> {
        let since_1970 = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        to.serialize_f64(since_1970.as_secs_f64())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<SystemTime, D::Error> {
        let seconds = Duration::try_from_secs_f64(f64::deserialize(from)?);
        // Round to milliseconds, because services report times in milliseconds. A float that holds
        // the seconds since 1970 has a rounding error of less than a millisecond.
        let millis = seconds.map_err(D::Error::custom)?.saturating_add(Duration::from_micros(500));
        let millis = Duration::new(millis.as_secs(), millis.subsec_millis() * 1_000_000);
        let at = SystemTime::UNIX_EPOCH.checked_add(millis);
        at.ok_or_else(|| D::Error::custom("invalid time: the number of seconds is out of range"))
    }
}
