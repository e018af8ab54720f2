//! Calls the loop of an agent, within the spending limit of the agent.

use std::sync::Arc;

use runnable_chat::SpendingLimitExt;
use runnable_core::{ChildPosition, ChunkStream, Result, RunContext};

use super::Agent;
use crate::{
    AgentOutput,
    run::{AgentInput, AgentLoop},
};

impl Agent {
    pub(super) fn to_loop(&self) -> AgentLoop {
        AgentLoop { settings: Arc::clone(&self.settings) }
    }

    pub(super) async fn call(&self, input: AgentInput, cx: RunContext) -> Result<AgentOutput> {
        let (step, scope) = (self.to_loop(), cx.child(ChildPosition::Untagged));
        match &self.limit {
            Some(limit) => scope.invoke(&step.with_spending_limit(limit.clone()), input).await,
            None => scope.invoke(&step, input).await,
        }
    }

    pub(super) fn stream_call(
        &self,
        input: AgentInput,
        cx: &RunContext,
    ) -> ChunkStream<AgentOutput> {
        let (step, scope) = (self.to_loop(), cx.child(ChildPosition::Untagged));
        match &self.limit {
            Some(limit) => scope.stream(&step.with_spending_limit(limit.clone()), input),
            None => scope.stream(&step, input),
        }
    }
}
