//! The JSON of times and durations in a recording, for the `with` attribute of serde.

/// A point in time, as text in the format of RFC 3339, with microseconds.
pub(super) mod wall_time {
    use std::time::SystemTime;

    use serde::{Deserialize, Deserializer, Serializer, de};

    use crate::timestamp::Timestamp;

    pub(in crate::record) fn serialize<S: Serializer>(
        time: &SystemTime,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Timestamp::from(*time))
    }

    pub(in crate::record) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<SystemTime, D::Error> {
        let text = String::deserialize(deserializer)?;
        let time = Timestamp::parse(&text).ok_or_else(|| {
            de::Error::custom(format_args!("invalid time `{text}`: expected RFC 3339"))
        })?;
        Ok(time.to_system_time())
    }

    /// Removes the nanoseconds, which the JSON of a time does not contain. Otherwise a time would
    /// differ from the time that is read back.
    pub(in crate::record) fn rounded(time: SystemTime) -> SystemTime {
        Timestamp::from(time).to_system_time()
    }
}

/// A duration, as a number of milliseconds with a fraction.
///
/// The number is precise to the nanosecond for durations of up to two weeks.
pub(super) mod milliseconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(in crate::record) fn serialize<S: Serializer>(
        duration: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(duration.as_nanos() as f64 / 1e6)
    }

    pub(in crate::record) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        // The conversion to an integer saturates: a negative number becomes 0.
        Ok(Duration::from_nanos((f64::deserialize(deserializer)? * 1e6).round() as u64))
    }
}

/// A duration that can be missing, in the form of [`milliseconds`].
pub(crate) mod optional_milliseconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    use super::milliseconds;

    pub(crate) fn serialize<S: Serializer>(
        duration: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match duration {
            Some(duration) => milliseconds::serialize(duration, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        let milliseconds = Option::<f64>::deserialize(deserializer)?;
        Ok(milliseconds.map(|number| Duration::from_nanos((number * 1e6).round() as u64)))
    }
}
