//! A version number that can be compared.

use std::fmt;

/// A version such as `1.90` or `0.20.2`. A missing part counts as zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version([u64; 3]);

impl Version {
    pub(crate) const fn new(major: u64, minor: u64, patch: u64) -> Self {
        Self([major, minor, patch])
    }

    /// Parses one to three numbers. Pre-releases are not supported.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = [0; 3];
        let mut words = text.split('.');
        for (at, part) in parts.iter_mut().enumerate() {
            match words.next() {
                Some(word) => *part = word.parse().ok()?,
                None if at > 0 => break,
                None => return None,
            }
        }
        words.next().is_none().then_some(Self(parts))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self([major, minor, patch]) = self;
        write!(f, "{major}.{minor}.{patch}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_as_numbers() {
        assert!(Version::parse("0.20.2") > Version::parse("0.9.10"));
        assert_eq!(Version::parse("1.90"), Some(Version::new(1, 90, 0)));
    }

    #[test]
    fn invalid_versions_are_rejected() {
        for text in ["", "1.x", "1.2.3.4", "1.0.0-rc.1"] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
    }
}
