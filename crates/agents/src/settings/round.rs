//! [`Round`]: the request of a round, which a function of the program can change.

use runnable_chat::{ChatModel, PromptValue, Tool, tool::ToolChoice};

/// A round before the model is called. A function for
/// [`Agent::each_round`](crate::Agent::each_round) can change it.
///
/// A change applies to this round only, and to the tools of the round if the agent pauses in it and
/// is resumed. To change the conversation for all following rounds, use
/// [`Agent::compact_history`](crate::Agent::compact_history).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Round {
    /// The number of the round, counted from 1.
    pub number: u32,
    /// Whether the round limit allows no further round.
    pub is_last: bool,
    /// The messages that the model reads.
    pub prompt: PromptValue,
    /// The model. Its tools are replaced by [`tools`](Self::tools).
    pub model: ChatModel,
    /// The tools that the model can call in this round.
    pub tools: Vec<Tool>,
    /// Whether the model may, must or must not call a tool. `None` uses the setting of the model.
    pub tool_choice: Option<ToolChoice>,
}
