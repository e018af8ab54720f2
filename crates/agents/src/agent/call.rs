//! Calls the loop of an agent, within the spending limit of the agent.

use std::sync::Arc;

use runnable_chat::{SpendingLimit, SpendingLimitExt, metering::SpendingLimited};
use runnable_core::{ChildPosition, ChunkStream, Result, RunContext};

use super::Agent;
use crate::{
    AgentOutput,
    run::{AgentInput, AgentLoop},
};

impl Agent {
    pub(super) fn to_loop(&self) -> AgentLoop {
        AgentLoop { settings: Arc::clone(&self.settings), own_limit: None }
    }

    /// Returns the limit of a call. If each call has its own sum, the sum of a resumed agent begins
    /// with what was spent before the pause.
    fn limit_of(&self, input: &AgentInput) -> Option<SpendingLimit> {
        let limit = self.limit.clone()?;
        Some(if limit.is_per_call() { limit.with_spent(input.spent()) } else { limit })
    }

    /// Returns the loop for a call. It stores the sum of the limit in the state of a pause, unless
    /// the sum contains other calls.
    fn limited_loop(&self, limit: &SpendingLimit) -> SpendingLimited<AgentLoop> {
        let is_own = self.limit.as_ref().is_some_and(SpendingLimit::is_per_call);
        let own_limit = is_own.then(|| limit.clone());
        AgentLoop { own_limit, ..self.to_loop() }.with_spending_limit(limit.clone())
    }

    pub(super) async fn call(&self, input: AgentInput, cx: RunContext) -> Result<AgentOutput> {
        let scope = cx.child(ChildPosition::Untagged);
        match self.limit_of(&input) {
            Some(limit) => scope.invoke(&self.limited_loop(&limit), input).await,
            None => scope.invoke(&self.to_loop(), input).await,
        }
    }

    pub(super) fn stream_call(
        &self,
        input: AgentInput,
        cx: &RunContext,
    ) -> ChunkStream<AgentOutput> {
        let scope = cx.child(ChildPosition::Untagged);
        match self.limit_of(&input) {
            Some(limit) => scope.stream(&self.limited_loop(&limit), input),
            None => scope.stream(&self.to_loop(), input),
        }
    }
}
