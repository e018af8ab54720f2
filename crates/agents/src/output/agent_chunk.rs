//! [`AgentChunk`]: a chunk of an agent's output.

use std::borrow::Cow;

use runnable_core::{Chunk, Chunked, Result};
use serde::Serialize;

use super::{AgentOutput, AgentPart};
use crate::{AgentState, RoundChunk, RoundOutput};

/// A chunk of an [`AgentOutput`]. It contains parts of rounds, or the state of a paused agent.
///
/// ```
/// use runnable_agents::prelude::*;
///
/// async fn show(agent: Agent, question: &str) -> Result<()> {
///     let mut chunks = agent.stream(question);
///     while let Some(chunk) = chunks.next().await {
///         for part in chunk?.into_parts() {
///             match part {
///                 AgentPart::Answer { chunk, .. } => print!("{}", chunk.text()),
///                 AgentPart::ToolResult { message, .. } => println!("[{}]", message.text()),
///                 AgentPart::Paused(state) => println!("{} calls wait", state.pending().count()),
///                 _ => (),
///             }
///         }
///     }
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct AgentChunk {
    /// The chunks of rounds, in the order of the rounds.
    pub rounds: Vec<RoundChunk>,
    /// The state of the agent, if the agent waits for the approval of tool calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused: Option<AgentState>,
}

impl AgentChunk {
    /// Returns the text that this chunk adds to the answers of the model.
    ///
    /// ```
    /// use runnable_agents::prelude::*;
    /// use runnable_testing::ScriptedChatModel;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let mut chunks = agent(ScriptedChatModel::new(["Hi there."]).to_model(), []).stream("Hello");
    /// assert_eq!(chunks.next().await.unwrap()?.text(), "Hi");
    /// # Ok(())
    /// # }
    /// ```
    pub fn text(&self) -> Cow<'_, str> {
        match &self.rounds[..] {
            [round] => round.answer.as_ref().map_or(Cow::Borrowed(""), |answer| answer.text()),
            rounds => {
                let answers = rounds.iter().filter_map(|round| round.answer.as_ref());
                answers.map(|answer| answer.text().into_owned()).collect::<String>().into()
            }
        }
    }

    /// Returns the parts of this chunk, in order. A chunk of a stream has one part.
    pub fn into_parts(self) -> impl Iterator<Item = AgentPart> {
        let rounds = self.rounds.into_iter().flat_map(|chunk| {
            let round = chunk.number;
            let answer = chunk.answer.map(|chunk| AgentPart::Answer { round, chunk });
            let results = chunk.results.into_iter();
            let results =
                results.map(move |result| AgentPart::ToolResult { round, message: result.message });
            let correction =
                chunk.correction.map(|message| AgentPart::Correction { round, message: *message });
            answer.into_iter().chain(results).chain(correction)
        });
        rounds.chain(self.paused.map(AgentPart::Paused))
    }
}

impl From<RoundChunk> for AgentChunk {
    fn from(round: RoundChunk) -> Self {
        Self { rounds: vec![round], paused: None }
    }
}

impl From<AgentState> for AgentChunk {
    fn from(state: AgentState) -> Self {
        Self { rounds: Vec::new(), paused: Some(state) }
    }
}

impl Chunk for AgentChunk {
    type Whole = AgentOutput;

    fn merge(&mut self, next: Self) {
        let mut rounds = next.rounds.into_iter();
        if let Some(first) = rounds.next() {
            match self.rounds.last_mut() {
                Some(last) if last.number == first.number => last.merge(first),
                _ => self.rounds.push(first),
            }
        }
        self.rounds.extend(rounds);
        self.paused = next.paused.or(self.paused.take());
    }

    fn has_content(&self) -> bool {
        self.paused.is_some() || self.rounds.iter().any(Chunk::has_content)
    }
}

impl Chunked for AgentOutput {
    type Chunk = AgentChunk;

    fn into_chunk(self) -> AgentChunk {
        let rounds = self.rounds.into_iter().map(RoundOutput::into_chunk).collect();
        AgentChunk { rounds, paused: self.paused }
    }

    fn from_chunk(chunk: AgentChunk) -> Result<Self> {
        let rounds = chunk.rounds.into_iter().map(RoundOutput::from_chunk);
        Ok(Self { rounds: rounds.collect::<Result<_>>()?, paused: chunk.paused })
    }
}
