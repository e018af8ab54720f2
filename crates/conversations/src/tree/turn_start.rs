//! [`TurnStart`]: where a turn continues its conversation.

use serde::Serialize;

use super::TurnId;

/// Where a turn continues its conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TurnStart {
    /// After the last turn of the branch.
    #[default]
    End,
    /// After this turn.
    After(TurnId),
    /// At the place of this turn: the new turn continues the same turn as this one.
    InsteadOf(TurnId),
}
