//! Calls an agent, and deserializes its final answer while the answer grows.

use futures_util::stream;
use runnable_chat::parser::{FromGrowingJson, GrowingJson};
use runnable_core::{ChildPosition, ChunkStream, Result, RunContext, Runnable};

use super::{StructuredAgentChunk, StructuredAgentOutput};
use crate::{AgentChunk, AgentOutput, settings::read};

/// Calls an agent, and deserializes its final answer.
pub(super) async fn invoke<A, T>(
    agent: &A,
    input: A::Input,
    cx: &RunContext,
) -> Result<StructuredAgentOutput<T>>
where
    A: Runnable<Output = AgentOutput>,
    T: FromGrowingJson,
{
    let output = cx.child(ChildPosition::Untagged).invoke(agent, input).await?;
    let value = output.answer().map(read).transpose()?;
    Ok(StructuredAgentOutput::new(output, value))
}

/// Streams an agent, and deserializes each answer while it grows.
pub(super) fn stream<A, T>(
    agent: &A,
    input: A::Input,
    cx: &RunContext,
) -> ChunkStream<StructuredAgentOutput<T>>
where
    A: Runnable<Output = AgentOutput>,
    T: FromGrowingJson,
{
    let chunks = cx.child(ChildPosition::Untagged).stream(agent, input);
    let growing = Growing { chunks, round: 0, json: GrowingJson::new(), is_paused: false };
    ChunkStream::new(stream::try_unfold(Some(growing), |growing| async move {
        match growing {
            Some(growing) => growing.next().await,
            None => Ok(None),
        }
    }))
}

/// The state of a streamed call.
struct Growing<T> {
    chunks: ChunkStream<AgentOutput>,
    /// The number of the round whose answer is read.
    round: u32,
    /// The answer of this round.
    json: GrowingJson<T>,
    is_paused: bool,
}

impl<T: FromGrowingJson> Growing<T> {
    /// Returns the next chunk, and the state after it, which is `None` after the last chunk.
    async fn next(mut self) -> Result<Option<(StructuredAgentChunk<T>, Option<Self>)>> {
        if let Some(agent) = self.chunks.next().await.transpose()? {
            let value = self.read(&agent);
            return Ok(Some((StructuredAgentChunk { agent, value }, Some(self))));
        }
        if self.is_paused {
            return Ok(None);
        }
        let value = Some(self.json.finish()?);
        Ok(Some((StructuredAgentChunk { agent: AgentChunk::default(), value }, None)))
    }

    /// Reads the answers in a chunk. Returns the value so far if it has changed.
    fn read(&mut self, chunk: &AgentChunk) -> Option<T> {
        self.is_paused |= chunk.paused.is_some();
        let mut value = None;
        for round in &chunk.rounds {
            if self.round != round.number {
                self.round = round.number;
                self.json = GrowingJson::new();
            }
            let answer = round.answer.as_ref();
            value = answer.and_then(|answer| self.json.push(answer)).or(value);
        }
        value
    }
}
