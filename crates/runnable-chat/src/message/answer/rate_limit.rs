//! How much more a service may be asked.

use std::{
    borrow::Cow,
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};

/// How much more a service may be asked, of one of the things that it counts, as it was when it
/// answered.
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
/// In JSON, times are in seconds: `{"name": "tokens", "limit": 200000, "remaining": 199968,
/// "reset": {"after": 0.009}}`, or `{"at": 1787150051.0}`, which is since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RateLimit {
    /// What is counted, in the service's word: `requests`, `tokens`, `input-tokens`, …
    pub name: Cow<'static, str>,
    /// The most of it within a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// How much of that is left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remaining: Option<u64>,
    /// When all of it is there again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reset: Option<RateLimitReset>,
}

impl RateLimit {
    /// A limit of this name, of which nothing else is known.
    pub fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }
}

/// When all of a [`RateLimit`] is there again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::exhaustive_enums, reason = "a time is said in one of two ways")]
pub enum RateLimitReset {
    /// This long after the answer.
    After(#[serde(with = "after")] Duration),
    /// At this time.
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
        // A number of so many seconds is exact to less than a millisecond, and services are to one.
        let millis = seconds.map_err(D::Error::custom)?.saturating_add(Duration::from_micros(500));
        let millis = Duration::new(millis.as_secs(), millis.subsec_millis() * 1_000_000);
        let at = SystemTime::UNIX_EPOCH.checked_add(millis);
        at.ok_or_else(|| D::Error::custom("the time is too far away"))
    }
}
