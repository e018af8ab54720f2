//! The settings of an [`Agent`].

use std::sync::Arc;

use runnable_chat::{Message, PromptValue, SpendingLimit, ToolCall, system};
use runnable_core::{Runnable, RunnableExt};

use super::Agent;
use crate::settings::{Round, Settings, ToolPolicy};

impl Agent {
    fn set(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(Arc::make_mut(&mut self.settings));
        self
    }

    /// Sets instructions that every request begins with. Braces in the text are not variables.
    ///
    /// The instructions are not part of the conversation. They are not sent if the conversation
    /// begins with a system message.
    ///
    /// ```
    /// use runnable_agents::prelude::*;
    /// use runnable_testing::ScriptedChatModel;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let script = ScriptedChatModel::new(["Hi."]);
    /// agent(script.to_model(), []).system_prompt("You are terse.").invoke("Hello").await?;
    /// assert_eq!(script.prompts()[0].messages[0], system("You are terse."));
    /// # Ok(())
    /// # }
    /// ```
    pub fn system_prompt(self, text: impl Into<String>) -> Self {
        let message: Message = system(text.into());
        self.set(|settings| settings.system_prompt = Some(message))
    }

    /// Sets the maximum number of rounds, which is the maximum number of calls of the model. The
    /// default is 20.
    ///
    /// If the answer of the last round still requests tools, the tools are not called, and the agent
    /// fails with [`RecursionLimit`](runnable_core::ErrorKind::RecursionLimit). The rounds before a
    /// pause count, too.
    ///
    /// ```
    /// use runnable_agents::prelude::*;
    /// use runnable_testing::{ScriptedChatModel, ScriptedReply};
    /// use serde_json::json;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let clock = tool("clock", "Tells the time.", |(): (), _| async { Ok("noon") });
    /// let call = ScriptedReply::tool_call("clock", json!({}));
    /// let script = ScriptedChatModel::new([call]).repeat_last();
    /// let agent = agent(script.to_model(), [clock]).max_rounds(3);
    /// let error = agent.invoke("What time is it?").await.unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::RecursionLimit);
    /// assert_eq!(script.requests().len(), 3);
    /// # }
    /// ```
    #[doc(alias("recursion_limit", "max_iterations", "ModelCallLimitMiddleware"))]
    pub fn max_rounds(self, limit: u32) -> Self {
        self.set(|settings| settings.max_rounds = limit)
    }

    /// Makes the model answer without tools in the last round that
    /// [`max_rounds`](Self::max_rounds) allows, instead of failing.
    ///
    /// The request of this round forbids tool calls with
    /// [`ToolChoice::None`](runnable_chat::tool::ToolChoice::None).
    ///
    /// ```
    /// use runnable_agents::prelude::*;
    /// use runnable_chat::tool::ToolChoice;
    /// use runnable_testing::ScriptedChatModel;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let clock = tool("clock", "Tells the time.", |(): (), _| async { Ok("noon") });
    /// let script = ScriptedChatModel::new(["I cannot tell."]);
    /// let agent = agent(script.to_model(), [clock]).max_rounds(1).answer_at_round_limit();
    /// assert_eq!(agent.invoke("What time is it?").await?.text(), "I cannot tell.");
    /// assert_eq!(script.requests()[0].options.tool_choice, Some(ToolChoice::None));
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "early_stopping_method")]
    pub fn answer_at_round_limit(self) -> Self {
        self.set(|settings| settings.answers_at_limit = true)
    }

    /// Sets how many tools of a round run at the same time. The default is 16.
    ///
    /// The [`max_concurrency`](runnable_core::RunConfig::max_concurrency) of the call applies in
    /// addition.
    ///
    /// ```
    /// use runnable_agents::prelude::*;
    ///
    /// fn one_by_one(agent: Agent) -> Agent {
    ///     agent.max_parallel_tools(1)
    /// }
    /// ```
    pub fn max_parallel_tools(self, limit: usize) -> Self {
        self.set(|settings| settings.max_parallel_tools = limit)
    }

    /// Sets the time limit and the retries of every tool that has no policy of its own.
    ///
    /// ```
    /// use std::time::Duration;
    /// use runnable_agents::prelude::*;
    ///
    /// fn impatient(agent: Agent) -> Agent {
    ///     let report = ToolPolicy::new().timeout(Duration::from_secs(120));
    ///     agent
    ///         .every_tool(ToolPolicy::new().timeout(Duration::from_secs(10)))
    ///         .tool_policy("report", report)
    /// }
    /// ```
    pub fn every_tool(self, policy: ToolPolicy) -> Self {
        self.set(|settings| settings.every_tool = policy)
    }

    /// Sets the time limit and the retries of the tool with this name, in place of
    /// [`every_tool`](Self::every_tool).
    ///
    /// ```
    /// use runnable_agents::prelude::*;
    ///
    /// fn stubborn(agent: Agent) -> Agent {
    ///     agent.tool_policy("search", ToolPolicy::new().retry(RetryPolicy::new()))
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// A call of the agent returns [`InvalidInput`](runnable_core::ErrorKind::InvalidInput) if no
    /// tool has this name.
    pub fn tool_policy(self, tool: impl Into<String>, policy: ToolPolicy) -> Self {
        self.set(|settings| _ = settings.policies.insert(tool.into(), policy))
    }

    /// Limits the tokens or the cost of the models in each call of this agent. Models that tools
    /// call count, too.
    ///
    /// All calls of the agent share the sum of the limit, unless the limit is
    /// [`per_call`](SpendingLimit::per_call). Then the sum of a resumed agent continues:
    /// [`AgentState::spent`](crate::AgentState::spent) contains what was spent before the pause. A
    /// shared sum is not part of the state. To continue it in another process, store
    /// [`SpendingLimit::spent`], and pass it to [`SpendingLimit::with_spent`].
    ///
    /// ```
    /// use runnable_agents::prelude::*;
    /// use runnable_testing::{ScriptedChatModel, ScriptedReply};
    /// use serde_json::json;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let clock = tool("clock", "Tells the time.", |(): (), _| async { Ok("noon") });
    /// let call = ScriptedReply::tool_call("clock", json!({})).usage(Usage::new(400, 100));
    /// let script = ScriptedChatModel::new([call]).repeat_last();
    ///
    /// let limit = SpendingLimit::new().max_tokens(1_000).per_call();
    /// let agent = agent(script.to_model(), [clock]).spending_limit(limit);
    /// let error = agent.invoke("What time is it?").await.unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::SpendingLimit);
    /// assert_eq!(script.requests().len(), 2);
    /// # }
    /// ```
    pub fn spending_limit(mut self, limit: SpendingLimit) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Pauses the agent before it runs a tool with one of these names.
    ///
    /// If any call of a round needs approval, no tool of the round runs. The agent then ends with
    /// the state in [`AgentOutput::paused`](crate::AgentOutput::paused), and
    /// [`resume`](Self::resume) continues after the program has decided. See
    /// [`AgentState`](crate::AgentState) for an example.
    ///
    /// # Errors
    ///
    /// A call of the agent returns [`InvalidInput`](runnable_core::ErrorKind::InvalidInput) if no
    /// tool has one of these names, because a misspelt name would let the tool run.
    #[doc(alias("interrupt_before", "HumanInTheLoopMiddleware", "interrupt_on"))]
    pub fn require_approval<T: Into<String>>(self, tools: impl IntoIterator<Item = T>) -> Self {
        let tools = tools.into_iter().map(Into::into);
        self.set(|settings| settings.approved_tools.extend(tools))
    }

    /// Pauses the agent before it runs a call for which the function returns `true`.
    ///
    /// It can be called several times, and together with
    /// [`require_approval`](Self::require_approval): each of them can require the approval.
    ///
    /// ```
    /// # use runnable_agents::prelude::*;
    /// # fn example(agent: Agent) -> Agent {
    /// agent.require_approval_when(|call| call.args["amount"].as_u64() > Some(100))
    /// # }
    /// ```
    #[doc(alias = "interrupt_on")]
    pub fn require_approval_when(
        self,
        needs_approval: impl Fn(&ToolCall) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.set(|settings| settings.approval_rules.push(Arc::new(needs_approval)))
    }

    /// Calls a function before each request, which can change the messages, the model and the tools
    /// of this round.
    ///
    /// The conversation itself does not change. Functions of several calls apply in order. A resumed
    /// agent calls them again for the round that it completes, to get the tools of this round.
    ///
    /// [`require_approval`](Self::require_approval) and [`tool_policy`](Self::tool_policy) know only
    /// the tools that were passed to [`agent`](super::agent()). For a tool that a function adds, use
    /// [`require_approval_when`](Self::require_approval_when) and [`every_tool`](Self::every_tool).
    ///
    /// ```
    /// use runnable_agents::prelude::*;
    ///
    /// fn thrifty(agent: Agent, cheap: ChatModel) -> Agent {
    ///     agent.each_round(move |round| {
    ///         round.prompt.push(system(format!("This is round {}.", round.number)));
    ///         if round.number > 3 {
    ///             round.model = cheap.clone();
    ///             round.tools.retain(|tool| tool.name() != "search");
    ///         }
    ///     })
    /// }
    /// ```
    #[doc(alias("pre_model_hook", "wrap_model_call", "dynamic_model"))]
    pub fn each_round(self, change: impl Fn(&mut Round) + Send + Sync + 'static) -> Self {
        self.set(|settings| settings.each_round.push(Arc::new(change)))
    }

    /// Sets a step that changes the conversation before each round, for example to remove or to
    /// summarize old messages.
    ///
    /// The following rounds, and the state of a paused agent, contain the changed conversation. The
    /// step must keep each tool result together with the answer that requests it. It is not called
    /// before the tools of a resumed agent run.
    ///
    /// ```
    /// use runnable_agents::prelude::*;
    ///
    /// fn forgetful(agent: Agent) -> Agent {
    ///     agent.compact_history(lambda(|mut conversation: PromptValue| {
    ///         // Keep the question, and the last answer with its tool results.
    ///         let is_answer = |message: &Message| matches!(message, Message::Ai(_));
    ///         let last = conversation.messages.iter().rposition(is_answer).unwrap_or(1);
    ///         conversation.messages.drain(1..last.max(1));
    ///         conversation
    ///     }))
    /// }
    /// ```
    #[doc(alias("SummarizationMiddleware", "trim_messages", "pre_model_hook"))]
    pub fn compact_history(
        self,
        step: impl Runnable<Input = PromptValue, Output = PromptValue>,
    ) -> Self {
        self.set(|settings| settings.history = Some(step.into_dyn()))
    }
}
