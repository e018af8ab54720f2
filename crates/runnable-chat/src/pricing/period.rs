//! [`Period`]: the time in which a price applies.

use std::time::{Duration, SystemTime};

use serde::Deserialize;

use super::date::Date;

/// The time in which a price applies, in UTC. The default is always.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Period {
    /// The first day.
    from: Option<Date>,
    /// The start and the end of the time of day. If the end is before the start, the period
    /// includes midnight.
    daily: Option<(TimeOfDay, TimeOfDay)>,
}

/// The number of seconds since midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
struct TimeOfDay(u64);

const DAY: u64 = 24 * 60 * 60;

impl Period {
    pub(super) fn contains(&self, time: SystemTime) -> bool {
        // Before 1970, no price applied.
        let since_1970 = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
        let (day, second) = (since_1970.as_secs() / DAY, TimeOfDay(since_1970.as_secs() % DAY));
        let has_begun =
            self.from.is_none_or(|Date(first)| i64::try_from(day).is_ok_and(|day| day >= first));
        has_begun
            && self.daily.is_none_or(|(start, end)| {
                if end < start {
                    second >= start || second < end
                } else {
                    start <= second && second < end
                }
            })
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parsed = text.split_once(':').and_then(|(hour, minute)| {
            let (hour, minute) = (hour.parse::<u8>().ok()?, minute.parse::<u8>().ok()?);
            (hour < 24 && minute < 60)
                .then(|| Self((u64::from(hour) * 60 + u64::from(minute)) * 60))
        });
        parsed.ok_or_else(|| format!("invalid time `{text}`: expected a time such as `16:30`"))
    }
}
