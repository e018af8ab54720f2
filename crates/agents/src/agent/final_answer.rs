//! [`FinalAnswer`]: the final answer of an agent, as a message.

use futures_util::stream;
use runnable_chat::{AiMessage, AiMessageChunk, PromptValue};
use runnable_core::{
    ChildPosition, ChunkStream, Error, ErrorKind, Result, RunContext, Runnable, StepInfo, Structure,
};

use super::Agent;
use crate::{AgentOutput, AgentPart, ApprovalRequired};

/// A step that returns only the final answer of an agent. Created by [`Agent::final_answer`].
///
/// Whether an answer is final is known when it is complete. A stream therefore yields the chunks of
/// the final answer when the agent has ended. To show an answer while it is written, stream the
/// [`Agent`] itself.
///
/// # Errors
///
/// Returns the errors of the [`Agent`], and [`ErrorKind::Other`] if the agent waits for the approval
/// of tool calls. The source of this error is [`ApprovalRequired`], which contains the state of the
/// agent.
#[derive(Clone, Debug)]
#[must_use = "an agent does nothing until it is run"]
pub struct FinalAnswer {
    agent: Agent,
}

impl Agent {
    /// Creates a step that returns only the final answer.
    ///
    /// Use it if the next step of a chain needs the answer.
    ///
    /// ```
    /// use runnable_agents::prelude::*;
    /// use runnable_testing::ScriptedChatModel;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let model = ScriptedChatModel::new(["Hello!"]).to_model();
    /// let chain = agent(model, []).final_answer().pipe(text());
    /// assert_eq!(chain.invoke("Hi").await?, "Hello!");
    /// # Ok(())
    /// # }
    /// ```
    pub fn final_answer(self) -> FinalAnswer {
        FinalAnswer { agent: self }
    }
}

impl Runnable for FinalAnswer {
    type Input = PromptValue;
    type Output = AiMessage;

    async fn run(&self, prompt: PromptValue, cx: RunContext) -> Result<AiMessage> {
        cx.child(ChildPosition::Untagged).invoke(&self.agent, prompt).await?.into_answer()
    }

    fn run_stream(&self, prompt: PromptValue, cx: RunContext) -> ChunkStream<AiMessage> {
        let output = cx.child(ChildPosition::Untagged).stream(&self.agent, prompt);
        let state = State::Waiting(output);
        ChunkStream::new(stream::try_unfold(state, State::next))
    }

    fn info(&self) -> StepInfo {
        StepInfo::new("FinalAnswer")
    }

    fn structure(&self) -> Structure {
        self.agent.structure()
    }
}

/// The state of a streamed call.
enum State {
    /// The agent runs.
    Waiting(ChunkStream<AgentOutput>),
    /// The agent has ended. These are the chunks of the final answer.
    Yielding(std::vec::IntoIter<AiMessageChunk>),
}

impl State {
    async fn next(self) -> Result<Option<(AiMessageChunk, Self)>> {
        let mut chunks = match self {
            Self::Waiting(output) => final_chunks(output).await?.into_iter(),
            Self::Yielding(chunks) => chunks,
        };
        Ok(chunks.next().map(|chunk| (chunk, Self::Yielding(chunks))))
    }
}

/// Waits until the agent has ended, and returns the chunks of its last answer. Only the chunks of
/// one round are stored at a time.
async fn final_chunks(mut output: ChunkStream<AgentOutput>) -> Result<Vec<AiMessageChunk>> {
    let (mut last_round, mut chunks) = (0, Vec::new());
    while let Some(chunk) = output.next().await.transpose()? {
        for part in chunk.into_parts() {
            match part {
                AgentPart::Answer { round, chunk } => {
                    if round != last_round {
                        chunks.clear();
                    }
                    last_round = round;
                    chunks.push(chunk);
                }
                AgentPart::ToolResult { .. } | AgentPart::Correction { .. } => chunks.clear(),
                AgentPart::Paused(state) => {
                    return Err(Error::wrap(ErrorKind::Other, ApprovalRequired::new(state)));
                }
            }
        }
    }
    Ok(chunks)
}
