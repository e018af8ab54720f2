//! [`StructuredFinalAnswer`]: the final answer of an agent as a Rust value.

use std::fmt;

use runnable_chat::parser::{FromAnswer, FromGrowingJson};
use runnable_core::{
    ChildPosition, ChunkStream, Result, RunContext, Runnable, StepInfo, Structure,
};

use super::{StructuredAgent, StructuredAgentOutput};
use crate::{Agent, AgentOutput};

/// A step that returns only the final answer of an agent, as a value of type `T`. Created by
/// [`StructuredAgent::final_answer`].
///
/// A stream yields the value when the agent has ended. To show the value while it grows, stream the
/// [`StructuredAgent`] itself.
///
/// # Errors
///
/// Returns the errors of the [`StructuredAgent`], and
/// [`Other`](runnable_core::ErrorKind::Other) if the agent waits for the approval of tool calls. The
/// source of this error is [`ApprovalRequired`](crate::ApprovalRequired), which contains the state
/// of the agent.
#[must_use = "an agent does nothing until it is run"]
pub struct StructuredFinalAnswer<T, A = Agent> {
    agent: StructuredAgent<T, A>,
}

impl<T, A> StructuredAgent<T, A> {
    /// Creates a step that returns only the final answer, as a value of type `T`.
    ///
    /// Use it if the next step of a chain needs the value. The type must implement
    /// [`Chunked`](trait@runnable_core::Chunked), as all values that are passed between steps.
    ///
    /// ```
    /// use runnable_agents::prelude::*;
    /// use runnable_testing::ScriptedChatModel;
    /// use schemars::JsonSchema;
    /// use serde::{Deserialize, Serialize};
    ///
    /// #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
    /// struct City {
    ///     name: String,
    /// }
    /// impl_at_once!(City);
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let model = ScriptedChatModel::new([r#"{"name": "Paris"}"#]).to_model();
    /// let city = agent(model, []).with_structured_output().final_answer();
    /// let chain = city.pipe(lambda(|city: City| city.name));
    /// assert_eq!(chain.invoke("The capital of France?").await?, "Paris");
    /// # Ok(())
    /// # }
    /// ```
    pub fn final_answer(self) -> StructuredFinalAnswer<T, A> {
        StructuredFinalAnswer { agent: self }
    }
}

impl<T, A> Runnable for StructuredFinalAnswer<T, A>
where
    T: FromAnswer + FromGrowingJson,
    A: Runnable<Output = AgentOutput>,
{
    type Input = A::Input;
    type Output = T;

    async fn run(&self, input: A::Input, cx: RunContext) -> Result<T> {
        cx.child(ChildPosition::Untagged).invoke(&self.agent, input).await?.into_value()
    }

    fn run_stream(&self, input: A::Input, cx: RunContext) -> ChunkStream<T> {
        // The agent is streamed, so that listeners receive its chunks.
        let output: ChunkStream<StructuredAgentOutput<T>> =
            cx.child(ChildPosition::Untagged).stream(&self.agent, input);
        let value = async { output.concat().await?.into_value().map(T::into_chunk) };
        ChunkStream::new(futures_util::stream::once(value))
    }

    fn info(&self) -> StepInfo {
        StepInfo::new("FinalAnswer")
    }

    fn structure(&self) -> Structure {
        self.agent.structure()
    }
}

impl<T, A: Clone> Clone for StructuredFinalAnswer<T, A> {
    fn clone(&self) -> Self {
        Self { agent: self.agent.clone() }
    }
}

impl<T, A: fmt::Debug> fmt::Debug for StructuredFinalAnswer<T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StructuredFinalAnswer").field(&self.agent).finish()
    }
}
