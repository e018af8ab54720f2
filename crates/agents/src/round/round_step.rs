//! [`RoundStep`]: the step that runs one round of an agent.

use std::{collections::BTreeMap, sync::Arc};

use futures_util::{StreamExt, stream};
use runnable_chat::{AiMessage, AiMessageChunk, Message, Toolbox};
use runnable_core::{
    ChildPosition, Chunk, ChunkStream, Chunked, Result, RunContext, Runnable, StepInfo,
    impl_at_once,
};
use serde::{Serialize, Serializer, ser::SerializeStruct};

use super::{
    calls::{Results, results},
    round_chunk::RoundChunk,
    round_output::RoundOutput,
};
use crate::{Round, approval::Decision, settings::Settings};

/// The input of a round.
#[derive(Clone, Debug)]
pub(crate) struct RoundInput {
    /// The number of the round, counted from 1.
    pub(crate) number: u32,
    pub(crate) work: RoundWork,
}

impl_at_once!(RoundInput);

/// What a round does.
#[derive(Clone, Debug)]
pub(crate) enum RoundWork {
    /// Calls the model, and then the tools that the model requests.
    Ask {
        messages: Vec<Message>,
        /// Whether the round limit allows no further round. The tools are then not called, because
        /// the model could not read their results.
        is_last: bool,
    },
    /// Calls the tools that an earlier answer requests.
    Call {
        /// The messages before this answer.
        messages: Vec<Message>,
        answer: Box<AiMessage>,
        decisions: BTreeMap<String, Decision>,
    },
}

/// Serializes only the number of the round and of the messages, because the run of the model
/// contains the messages.
impl Serialize for RoundInput {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let messages = match &self.work {
            RoundWork::Ask { messages, .. } => messages.len(),
            RoundWork::Call { .. } => 0,
        };
        let mut fields = serializer.serialize_struct("RoundInput", 2)?;
        fields.serialize_field("round", &self.number)?;
        fields.serialize_field("messages", &messages)?;
        fields.end()
    }
}

/// A step that runs one round: it calls the model, and then the tools that the model requests.
#[derive(Clone, Debug)]
pub(crate) struct RoundStep {
    pub(crate) settings: Arc<Settings>,
}

/// What is left to do in a round after the answer of the model.
enum Rest {
    /// Nothing, except for yielding this chunk if there is one.
    Chunk(Option<RoundChunk>),
    /// The results of the tools.
    Results(Results),
}

impl RoundStep {
    /// Decides what to do after the answer of the model.
    fn after(
        &self,
        answer: &AiMessage,
        number: u32,
        is_last: bool,
        tools: &Toolbox,
        cx: &RunContext,
    ) -> Result<Rest> {
        if is_last {
            return Ok(Rest::Chunk(None));
        }
        let calls = answer.tool_calls().filter(|call| self.settings.needs_approval(call));
        let awaiting: Vec<_> = calls.map(|call| call.id.clone().unwrap_or_default()).collect();
        if !awaiting.is_empty() {
            return Ok(Rest::Chunk(Some(RoundChunk::awaiting(number, awaiting))));
        }
        results(&self.settings, tools, number, answer, &BTreeMap::new(), cx).map(Rest::Results)
    }

    /// Runs the tools that an earlier answer requests.
    fn call(
        &self,
        number: u32,
        messages: Vec<Message>,
        answer: &AiMessage,
        decisions: &BTreeMap<String, Decision>,
        cx: &RunContext,
    ) -> Result<Results> {
        // The functions of the program may have added tools to this round. A round that pauses is
        // never the last one, because the tools of the last round are not called.
        let tools = Round::new(&self.settings, number, messages, false).to_toolbox()?;
        results(&self.settings, &tools, number, answer, decisions, cx)
    }
}

impl Runnable for RoundStep {
    type Input = RoundInput;
    type Output = RoundOutput;

    async fn run(&self, input: RoundInput, cx: RunContext) -> Result<RoundOutput> {
        let number = input.number;
        let (mut round, rest) = match input.work {
            RoundWork::Call { messages, answer, decisions } => {
                let results = self.call(number, messages, &answer, &decisions, &cx)?;
                (RoundChunk { number, ..RoundChunk::default() }, Rest::Results(results))
            }
            RoundWork::Ask { messages, is_last } => {
                let plan = Round::new(&self.settings, number, messages, is_last);
                let (model, tools) = (plan.to_model(&self.settings), plan.to_toolbox()?);
                let answer = cx.child(ChildPosition::Untagged).invoke(&model, plan.prompt).await?;
                // Convert the answer to a chunk and back. This gives each tool call an ID, as in a
                // streamed answer.
                let answer = AiMessage::from_chunk(answer.into_chunk())?;
                let rest = self.after(&answer, number, is_last, &tools, &cx)?;
                (RoundChunk::answer(number, answer.into_chunk()), rest)
            }
        };
        match rest {
            Rest::Chunk(chunk) => chunk.into_iter().for_each(|chunk| round.merge(chunk)),
            Rest::Results(mut results) => {
                while let Some(result) = results.next().await {
                    round.merge(result?);
                }
            }
        }
        RoundOutput::from_chunk(round)
    }

    fn run_stream(&self, input: RoundInput, cx: RunContext) -> ChunkStream<RoundOutput> {
        let number = input.number;
        match input.work {
            RoundWork::Call { messages, answer, decisions } => {
                match self.call(number, messages, &answer, &decisions, &cx) {
                    Ok(results) => ChunkStream::new(results),
                    Err(error) => ChunkStream::error(error),
                }
            }
            RoundWork::Ask { messages, is_last } => {
                let plan = Round::new(&self.settings, number, messages, is_last);
                let model = plan.to_model(&self.settings);
                let tools = match plan.to_toolbox() {
                    Ok(tools) => tools,
                    Err(error) => return ChunkStream::error(error),
                };
                let chunks = cx.child(ChildPosition::Untagged).stream(&model, plan.prompt);
                let asking =
                    Asking { step: self.clone(), cx, number, is_last, tools, chunks, merged: None };
                let stage = Stage::Asking(Box::new(asking));
                ChunkStream::new(stream::try_unfold(stage, Stage::next))
            }
        }
    }

    fn info(&self) -> StepInfo {
        StepInfo::new("AgentRound")
    }
}

/// The state of a round whose model answers.
struct Asking {
    step: RoundStep,
    cx: RunContext,
    number: u32,
    is_last: bool,
    tools: Toolbox,
    chunks: ChunkStream<AiMessage>,
    /// The merged chunks of the answer so far.
    merged: Option<AiMessageChunk>,
}

/// The state of a streamed round.
enum Stage {
    Asking(Box<Asking>),
    Calling(Results),
    Ended,
}

impl Stage {
    async fn next(self) -> Result<Option<(RoundChunk, Self)>> {
        match self {
            Self::Ended => Ok(None),
            Self::Asking(mut asking) => {
                if let Some(chunk) = asking.chunks.next().await.transpose()? {
                    asking.merged.merge(Some(chunk.clone()));
                    let chunk = RoundChunk::answer(asking.number, chunk);
                    return Ok(Some((chunk, Self::Asking(asking))));
                }
                let Asking { step, cx, number, is_last, tools, chunks, merged } = *asking;
                drop(chunks);
                let answer = AiMessage::from_merged(merged)?;
                match step.after(&answer, number, is_last, &tools, &cx)? {
                    Rest::Chunk(chunk) => Ok(chunk.map(|chunk| (chunk, Self::Ended))),
                    Rest::Results(results) => Self::next_result(results).await,
                }
            }
            Self::Calling(results) => Self::next_result(results).await,
        }
    }

    async fn next_result(mut results: Results) -> Result<Option<(RoundChunk, Self)>> {
        let chunk = results.next().await.transpose()?;
        Ok(chunk.map(|chunk| (chunk, Self::Calling(results))))
    }
}
