//! The approval of tool calls: the state of a paused agent, and the decisions about its calls.

mod decision;
mod required;
mod state;

pub(crate) use self::decision::Decision;
pub use self::{required::ApprovalRequired, state::AgentState};
