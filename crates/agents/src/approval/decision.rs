//! [`Decision`]: whether a tool call may run.

use serde::{Deserialize, Serialize};

/// The decision about a tool call that needs approval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Decision {
    /// The call may run.
    Approved,
    /// The call must not run. The model reads this reason.
    Rejected(String),
}
