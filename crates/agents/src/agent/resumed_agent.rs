//! [`ResumedAgent`]: a step that continues a paused agent.

use runnable_core::{
    ChunkStream, InputStream, Links, Result, RunContext, Runnable, Runs, StepInfo, Structure,
};

use super::Agent;
use crate::{AgentOutput, AgentState, run::AgentInput};

/// A step that continues a paused agent from its [`AgentState`]. Created by [`Agent::resume`].
///
/// It runs the approved tool calls, and then continues like the agent. Its output contains the
/// rounds since the pause.
///
/// # Errors
///
/// Returns the errors of the [`Agent`], and
/// [`InvalidInput`](runnable_core::ErrorKind::InvalidInput) if a tool call of the state still needs
/// a decision.
#[derive(Clone, Debug)]
#[must_use = "an agent does nothing until it is run"]
pub struct ResumedAgent {
    agent: Agent,
}

impl Agent {
    /// Creates the step that continues this agent from the state of a pause.
    ///
    /// See [`AgentState`] for an example.
    #[doc(alias("Command", "interrupt"))]
    pub fn resume(&self) -> ResumedAgent {
        ResumedAgent { agent: self.clone() }
    }
}

#[deny(clippy::missing_trait_methods)]
impl Runnable for ResumedAgent {
    type Input = AgentState;
    type Output = AgentOutput;

    async fn run(&self, state: AgentState, cx: RunContext) -> Result<AgentOutput> {
        self.agent.call(AgentInput::Resume(state), cx).await
    }

    fn run_stream(&self, state: AgentState, cx: RunContext) -> ChunkStream<AgentOutput> {
        self.agent.stream_call(AgentInput::Resume(state), &cx)
    }

    fn run_transform(
        &self,
        state: InputStream<AgentState>,
        cx: RunContext,
    ) -> ChunkStream<AgentOutput> {
        let step = self.clone();
        state.concat_then(move |state| step.run_stream(state, cx))
    }

    fn info(&self) -> StepInfo {
        self.agent.info()
    }

    fn structure(&self) -> Structure {
        self.agent.structure()
    }

    fn runs(&self) -> Runs {
        Runs::Transparent
    }

    fn into_links(self) -> Result<Links, Self> {
        Err(self)
    }
}
