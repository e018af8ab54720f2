//! [`TurnId`]: the number of a turn.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The number of a turn in its conversation. Later turns have larger numbers.
///
/// # Examples
///
/// ```
/// use runnable_conversations::TurnId;
///
/// assert!(TurnId::new(1) < TurnId::new(2));
/// assert_eq!(TurnId::new(2).to_string(), "2");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TurnId(u64);

impl TurnId {
    /// Creates the ID with this number.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Returns the number.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for TurnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
