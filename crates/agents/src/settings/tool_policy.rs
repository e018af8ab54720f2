//! [`ToolPolicy`]: the time limit and the retries of a tool.

use std::time::Duration;

use runnable_chat::tool::{ToolCallStep, ToolOutput};
use runnable_core::{DynRunnable, RunnableExt, combinators::RetryPolicy};
use serde_json::Value;

/// The time limit and the retries of a tool. By default, a tool has no time limit, and is not
/// retried.
///
/// Used with [`Agent::every_tool`](crate::Agent::every_tool) and
/// [`Agent::tool_policy`](crate::Agent::tool_policy).
///
/// ```
/// use std::time::Duration;
/// use runnable_agents::prelude::*;
///
/// let policy = ToolPolicy::new().timeout(Duration::from_secs(10)).retry(RetryPolicy::new());
/// # fn example(agent: Agent, policy: ToolPolicy) -> Agent {
/// agent.tool_policy("search", policy)
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct ToolPolicy {
    timeout: Option<Duration>,
    retry: Option<RetryPolicy>,
}

impl ToolPolicy {
    /// Creates the default policy: no time limit, and no retries.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the maximum duration of a call of the tool. With retries, it applies to each attempt.
    ///
    /// A call that exceeds the limit is dropped, and the model reads that the tool did not
    /// complete.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// Sets which errors of the tool are retried, how often, and with which delays.
    ///
    /// The model reads the error of the last attempt. Only retry a tool that may run twice.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = Some(policy);
        self
    }

    /// Applies the policy to the call of a tool.
    pub(crate) fn apply(&self, step: ToolCallStep) -> DynRunnable<Value, ToolOutput> {
        let step = match self.timeout {
            Some(limit) => step.with_timeout(limit).into_dyn(),
            None => step.into_dyn(),
        };
        match &self.retry {
            Some(policy) => step.with_retry(policy.clone()).into_dyn(),
            None => step,
        }
    }
}
