//! [`Agent`]: a step that calls a model and its tools until the model answers.

use std::sync::Arc;

use runnable_chat::{ChatModel, PromptValue, SpendingLimit, Tool, toolbox};
use runnable_core::{
    ChunkStream, InputStream, Links, Result, RunContext, Runnable, Runs, StepInfo, Structure,
};

use crate::{AgentOutput, run::AgentInput, settings::Settings};

/// Creates an agent: a step that calls a model, runs the tools that the model requests, and sends
/// the results back, until the model answers without tool calls.
///
/// ```
/// use runnable_agents::prelude::*;
/// use runnable_testing::{ScriptedChatModel, ScriptedReply};
/// use serde_json::json;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let clock = tool("clock", "Tells the time.", |(): (), _| async { Ok("noon") });
/// let replies = [ScriptedReply::tool_call("clock", json!({})), "It is noon.".into()];
/// let model = ScriptedChatModel::new(replies).to_model();
///
/// let agent = agent(model, [clock]).max_rounds(5);
/// let output = agent.invoke("What time is it?").await?;
/// assert_eq!(output.text(), "It is noon.");
/// assert_eq!(output.rounds[0].results[0].text(), "noon");
/// # Ok(())
/// # }
/// ```
#[doc(alias("create_agent", "create_react_agent", "AgentExecutor", "tool_loop"))]
pub fn agent(model: ChatModel, tools: impl IntoIterator<Item = Tool>) -> Agent {
    Agent { settings: Arc::new(Settings::new(model, toolbox(tools))), limit: None }
}

/// A step that calls a model and its tools until the model answers. Created by [`agent`].
///
/// Its input is a conversation, and its output an [`AgentOutput`]. A stream yields the chunks of
/// each answer as they arrive (text, reasoning, tool calls), and the result of each tool as soon as
/// the tool completes.
///
/// The agent has a run. Each round is a child run with the tag `round:1`, `round:2`, …, and the runs
/// of the model and of the tools are children of the run of their round. Dropping the call cancels
/// the model and all tools.
///
/// The model reads the errors of tools, as for a [`Toolbox`](runnable_chat::Toolbox). A tool that
/// panics has failed with an error, too. If the provider pauses a long turn, the agent continues
/// the turn.
///
/// # Errors
///
/// Returns the errors of the model, the errors of tools that a model cannot correct, and
///
/// - [`RecursionLimit`](runnable_core::ErrorKind::RecursionLimit) if the model still requests tools
///   at the limit of [rounds](Self::max_rounds);
/// - [`SpendingLimit`](runnable_core::ErrorKind::SpendingLimit) if the
///   [spending limit](Self::spending_limit) is reached;
/// - [`InvalidInput`](runnable_core::ErrorKind::InvalidInput) if a setting names an unknown tool, if
///   two tools have the same name, or if a limit is 0.
#[doc(alias("create_agent", "AgentExecutor", "CompiledStateGraph"))]
#[derive(Clone, Debug)]
#[must_use = "an agent does nothing until it is run"]
pub struct Agent {
    pub(crate) settings: Arc<Settings>,
    pub(super) limit: Option<SpendingLimit>,
}

#[deny(clippy::missing_trait_methods)]
impl Runnable for Agent {
    type Input = PromptValue;
    type Output = AgentOutput;

    async fn run(&self, prompt: PromptValue, cx: RunContext) -> Result<AgentOutput> {
        self.call(AgentInput::Start(prompt), cx).await
    }

    fn run_stream(&self, prompt: PromptValue, cx: RunContext) -> ChunkStream<AgentOutput> {
        self.stream_call(AgentInput::Start(prompt), &cx)
    }

    fn run_transform(
        &self,
        prompt: InputStream<PromptValue>,
        cx: RunContext,
    ) -> ChunkStream<AgentOutput> {
        let agent = self.clone();
        prompt.concat_then(move |prompt| agent.run_stream(prompt, cx))
    }

    fn info(&self) -> StepInfo {
        self.to_loop().info()
    }

    fn structure(&self) -> Structure {
        self.to_loop().structure()
    }

    fn runs(&self) -> Runs {
        Runs::Transparent
    }

    fn into_links(self) -> Result<Links, Self> {
        Err(self)
    }
}
