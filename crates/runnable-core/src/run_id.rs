//! [`RunId`]: the id of a run.

use std::fmt;

use uuid::Uuid;

/// The id of a run: a UUID.
///
/// By default it has version 7, so later runs have greater ids ([RFC
/// 9562](https://www.rfc-editor.org/rfc/rfc9562#section-5.7)).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(Uuid);

impl RunId {
    pub(crate) fn random() -> Self {
        Self(Uuid::now_v7())
    }

    /// Returns the id as a UUID.
    pub fn as_uuid(self) -> Uuid {
        self.0
    }
}

impl From<Uuid> for RunId {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl fmt::Debug for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RunId({self})")
    }
}
