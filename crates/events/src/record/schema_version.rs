//! [`SchemaVersion`]: the version of the format of recordings.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The version of the format of a recording, such as `1.0`.
///
/// A higher minor version only adds fields and kinds of events, so an older version of this crate
/// can read it. A higher major version changes the meaning of existing fields.
///
/// ```
/// use runnable_events::SchemaVersion;
///
/// let newer: SchemaVersion = serde_json::from_str(r#""1.7""#).unwrap();
/// assert!(newer > SchemaVersion::CURRENT && newer.is_supported());
///
/// let other: SchemaVersion = serde_json::from_str(r#""2.0""#).unwrap();
/// assert!(!other.is_supported());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct SchemaVersion {
    /// The major version.
    pub major: u32,
    /// The minor version.
    pub minor: u32,
}

impl SchemaVersion {
    /// The version that this version of the crate writes.
    pub const CURRENT: Self = Self { major: 1, minor: 0 };

    /// Returns whether this version of the crate can read recordings of this version.
    ///
    /// ```
    /// use runnable_events::SchemaVersion;
    ///
    /// assert!(SchemaVersion::CURRENT.is_supported());
    /// ```
    pub const fn is_supported(self) -> bool {
        self.major == Self::CURRENT.major
    }

    fn parse(text: &str) -> Option<Self> {
        let (major, minor) = text.split_once('.')?;
        Some(Self { major: major.parse().ok()?, minor: minor.parse().ok()? })
    }
}

impl fmt::Display for SchemaVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl Serialize for SchemaVersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SchemaVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            de::Error::custom(format_args!(
                "invalid version `{text}`: expected two numbers, such as `{}`",
                Self::CURRENT
            ))
        })
    }
}
