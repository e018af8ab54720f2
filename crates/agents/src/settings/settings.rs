//! The settings of an agent, which its runs share.

use std::{collections::BTreeMap, fmt, sync::Arc};

use runnable_chat::{ChatModel, Message, PromptValue, ToolCall, Toolbox};
use runnable_core::{DynRunnable, Error, ErrorKind, Result};

use super::{Round, ToolPolicy, answer_format::AnswerFormat};

/// The default number of rounds of an agent.
const ROUNDS: u32 = 20;

/// The default number of tools that run at the same time.
const PARALLEL_TOOLS: usize = 16;

/// A function that changes a round.
pub(crate) type EachRound = Arc<dyn Fn(&mut Round) + Send + Sync>;

/// A function that decides whether a tool call needs approval.
pub(crate) type ApprovalRule = Arc<dyn Fn(&ToolCall) -> bool + Send + Sync>;

/// The settings of an agent.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) model: ChatModel,
    pub(crate) tools: Toolbox,
    /// Instructions for the model that every request begins with.
    pub(crate) system_prompt: Option<Message>,
    pub(crate) max_rounds: u32,
    /// Whether the last round must answer without tools. Otherwise the agent fails at the limit.
    pub(crate) answers_at_limit: bool,
    pub(crate) max_parallel_tools: usize,
    pub(crate) every_tool: ToolPolicy,
    pub(crate) policies: BTreeMap<String, ToolPolicy>,
    /// The names of the tools whose calls need approval.
    pub(crate) approved_tools: Vec<String>,
    pub(crate) approval_rules: Vec<ApprovalRule>,
    pub(crate) each_round: Vec<EachRound>,
    /// The step that changes the conversation before each round.
    pub(crate) history: Option<DynRunnable<PromptValue, PromptValue>>,
    /// The type of the final answer. `None` if the final answer is text.
    pub(crate) answer_format: Option<AnswerFormat>,
}

impl Settings {
    pub(crate) fn new(model: ChatModel, tools: Toolbox) -> Self {
        Self {
            model,
            tools,
            system_prompt: None,
            max_rounds: ROUNDS,
            answers_at_limit: false,
            max_parallel_tools: PARALLEL_TOOLS,
            every_tool: ToolPolicy::new(),
            policies: BTreeMap::new(),
            approved_tools: Vec::new(),
            approval_rules: Vec::new(),
            each_round: Vec::new(),
            history: None,
            answer_format: None,
        }
    }

    /// Returns the policy of the tool with this name.
    pub(crate) fn policy_of(&self, tool: Option<&str>) -> &ToolPolicy {
        tool.and_then(|name| self.policies.get(name)).unwrap_or(&self.every_tool)
    }

    /// Returns whether the call may only run after the program has approved it.
    pub(crate) fn needs_approval(&self, call: &ToolCall) -> bool {
        self.approved_tools.contains(&call.name)
            || self.approval_rules.iter().any(|rule| rule(call))
    }

    /// Returns an error if the settings are invalid. A misspelt name of a tool would otherwise let
    /// the tool run without approval.
    pub(crate) fn check(&self) -> Result<()> {
        let limits = [
            ("max_rounds", self.max_rounds == 0),
            ("max_parallel_tools", self.max_parallel_tools == 0),
        ];
        if let Some((name, _)) = limits.into_iter().find(|(_, is_zero)| *is_zero) {
            let message = format!("invalid {name}: 0; set it to 1 or more");
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        let named = self.approved_tools.iter().map(|name| ("require_approval", name));
        let mut named = named.chain(self.policies.keys().map(|name| ("tool_policy", name)));
        match named.find(|(_, name)| self.tools.get(name).is_none()) {
            None => Ok(()),
            Some((setting, name)) => Err(self.unknown_tool(setting, name)),
        }
    }

    fn unknown_tool(&self, setting: &str, name: &str) -> Error {
        let known: Vec<_> = self.tools.iter().map(|tool| format!("`{}`", tool.name())).collect();
        let expected = match &known[..] {
            [] => "the agent has no tools".to_owned(),
            known => format!("expected one of {}", known.join(", ")),
        };
        let mut message = format!("unknown tool `{name}` in `{setting}`: {expected}");
        if !self.each_round.is_empty() {
            let other =
                if setting == "tool_policy" { "every_tool" } else { "require_approval_when" };
            message.push_str(&format!("; use `{other}` for a tool that `each_round` adds"));
        }
        Error::new(ErrorKind::InvalidInput, message)
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("model", &self.model)
            .field("tools", &self.tools)
            .field("max_rounds", &self.max_rounds)
            .field("max_parallel_tools", &self.max_parallel_tools)
            .field("every_tool", &self.every_tool)
            .field("policies", &self.policies)
            .field("approved_tools", &self.approved_tools)
            .finish_non_exhaustive()
    }
}
