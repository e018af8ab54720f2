//! [`AgentLoop`]: the step that has the run of an agent.

use std::sync::Arc;

use futures_util::stream;
use runnable_chat::SpendingLimit;
use runnable_core::{
    ChildPosition, Chunk, ChunkStream, Chunked, Result, RunContext, Runnable, RunnableExt,
    StepInfo, Structure,
};

use super::{
    AgentInput,
    conversation::{Conversation, Next},
};
use crate::{
    AgentChunk, AgentOutput, RoundChunk, RoundOutput,
    round::{RoundInput, RoundStep},
    settings::Settings,
};

/// A step that runs one round of an agent after another, until the model answers without tool
/// calls.
#[derive(Clone, Debug)]
pub(crate) struct AgentLoop {
    pub(crate) settings: Arc<Settings>,
    /// The spending limit of this call, if its sum contains no other calls.
    pub(crate) own_limit: Option<SpendingLimit>,
}

impl AgentLoop {
    fn round_step(&self) -> RoundStep {
        RoundStep { settings: Arc::clone(&self.settings) }
    }

    fn begin(&self, input: AgentInput) -> Result<Conversation> {
        Conversation::begin(Arc::clone(&self.settings), self.own_limit.clone(), input)
    }
}

/// Returns the position of a round, which has the tag `round:1`, `round:2`, ….
fn position(round: &RoundInput) -> ChildPosition {
    ChildPosition::Tag(format!("round:{}", round.number).into())
}

impl Runnable for AgentLoop {
    type Input = AgentInput;
    type Output = AgentOutput;

    async fn run(&self, input: AgentInput, cx: RunContext) -> Result<AgentOutput> {
        let step = self.round_step();
        let mut conversation = self.begin(input)?;
        let mut output = AgentOutput::default();
        loop {
            let round = conversation.next_round(&cx).await?;
            let round = cx.child(position(&round)).invoke(&step, round).await?;
            let next = conversation.add(round.clone(), &cx)?;
            output.rounds.push(round);
            match next {
                Next::Round => (),
                Next::Correction(message) => {
                    if let Some(round) = output.rounds.last_mut() {
                        round.correction = Some(*message);
                    }
                }
                Next::Answered => return Ok(output),
                Next::Paused(state) => {
                    output.paused = Some(state);
                    return Ok(output);
                }
            }
        }
    }

    fn run_stream(&self, input: AgentInput, cx: RunContext) -> ChunkStream<AgentOutput> {
        match self.begin(input) {
            Ok(conversation) => {
                let running = Running { step: self.round_step(), cx, conversation, round: None };
                let next = |running: Option<Running>| async move {
                    match running {
                        Some(running) => running.next().await,
                        None => Ok(None),
                    }
                };
                ChunkStream::new(stream::try_unfold(Some(running), next))
            }
            Err(error) => ChunkStream::error(error),
        }
    }

    fn info(&self) -> StepInfo {
        StepInfo::new("Agent")
    }

    fn structure(&self) -> Structure {
        let Settings { model, tools, history, .. } = &*self.settings;
        let history = history.iter().map(|step| ("history".to_owned(), step.graph()));
        let model = [("model".to_owned(), model.graph())];
        let tools = tools.iter().map(|tool| (tool.name().to_owned(), tool.graph()));
        Structure::Choice(history.chain(model).chain(tools).collect())
    }
}

/// The state of a streamed run.
struct Running {
    step: RoundStep,
    cx: RunContext,
    conversation: Conversation,
    /// The chunks of the current round, and the merged chunks so far. `None` between two rounds.
    round: Option<(ChunkStream<RoundOutput>, Option<RoundChunk>)>,
}

impl Running {
    /// Returns the next chunk, and the state after it, which is `None` after the last chunk.
    async fn next(mut self) -> Result<Option<(AgentChunk, Option<Self>)>> {
        loop {
            let Some((chunks, merged)) = &mut self.round else {
                let round = self.conversation.next_round(&self.cx).await?;
                let chunks = self.cx.child(position(&round)).stream(&self.step, round);
                self.round = Some((chunks, None));
                continue;
            };
            if let Some(chunk) = chunks.next().await.transpose()? {
                merged.merge(Some(chunk.clone()));
                return Ok(Some((chunk.into(), Some(self))));
            }
            let round = RoundOutput::from_merged(merged.take())?;
            let number = round.number;
            self.round = None;
            match self.conversation.add(round, &self.cx)? {
                Next::Round => (),
                Next::Correction(message) => {
                    return Ok(Some((RoundChunk::correction(number, message).into(), Some(self))));
                }
                Next::Answered => return Ok(None),
                Next::Paused(state) => return Ok(Some((state.into(), None))),
            }
        }
    }
}
