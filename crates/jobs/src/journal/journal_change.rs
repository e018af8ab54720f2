//! [`JournalChange`]: a change of a journal.

use super::journal_key::JournalKey;

/// A change of a [`Journal`](super::Journal).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JournalChange {
    /// Sets the value of a key.
    #[non_exhaustive]
    Put {
        /// The key.
        key: JournalKey,
        /// The new value.
        value: Vec<u8>,
    },
    /// Removes the value of a key, if there is one.
    #[non_exhaustive]
    Delete {
        /// The key.
        key: JournalKey,
    },
}

impl JournalChange {
    /// Creates a change that sets a value.
    pub fn put(key: JournalKey, value: impl Into<Vec<u8>>) -> Self {
        Self::Put { key, value: value.into() }
    }

    /// Creates a change that removes a value.
    pub fn delete(key: JournalKey) -> Self {
        Self::Delete { key }
    }

    /// Returns the key that changes.
    pub fn key(&self) -> &JournalKey {
        match self {
            Self::Put { key, .. } | Self::Delete { key } => key,
        }
    }
}
