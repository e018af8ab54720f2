//! The items that most programs with agents need: `use runnable_agents::prelude::*;`.

pub use runnable_chat::{prelude::*, tool::ToolOutput};

pub use crate::{Agent, AgentOutput, AgentPart, AgentState, StructuredAgent, ToolPolicy, agent};
