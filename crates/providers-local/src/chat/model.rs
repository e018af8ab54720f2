//! The chat model.

use std::sync::Arc;

use futures_util::{future::BoxFuture, stream};
use runnable_chat::{
    AiMessage, AiMessageChunk, ChatOptions, ContentBlock, FinishReason, Message, Usage,
    model::{ChatProvider, ChatRequest, ResponseFormat},
};
use runnable_core::{ChunkStream, Error, ErrorKind, Result, RunContext};
use tokio::sync::Semaphore;

use super::{chat_engine::ChatEngine, offload::offload, template::ChatTurn};
use crate::{
    engine::{Generation, Sampling, Step, StopReason},
    error::LocalError,
};

const TEMPERATURE: f32 = 0.7;
const TOP_P: f32 = 0.95;

/// A loaded model, with a queue for its calls.
#[derive(Debug)]
pub(crate) struct Local {
    engine: ChatEngine,
    /// The semaphore with which calls take turns. Only one call computes at a time, because each
    /// computation uses all processors. A call waits for a turn before each token, so that a stream
    /// that is not polled does not block other calls.
    turn: Arc<Semaphore>,
}

impl Local {
    pub(crate) fn new(engine: ChatEngine) -> Self {
        Self { engine, turn: Arc::new(Semaphore::new(1)) }
    }
}

impl ChatProvider for Local {
    fn run_name(&self) -> &str {
        "ChatLocal"
    }

    fn provider(&self) -> Option<&str> {
        Some("local")
    }

    fn model(&self) -> Option<&str> {
        Some(self.engine.name())
    }

    fn count_tokens(
        &self,
        request: ChatRequest,
        _: RunContext,
    ) -> BoxFuture<'static, Result<Option<u64>>> {
        let engine = self.engine.clone();
        Box::pin(async move {
            check(&request)?;
            let count = offload(move |_| engine.count(&turns_of(&request))).await??;
            Ok(Some(count as u64))
        })
    }

    fn stream(&self, request: ChatRequest, _: RunContext) -> ChunkStream<AiMessage> {
        let answer = Answer {
            turn: Arc::clone(&self.turn),
            model: Some(self.engine.name().to_owned()),
            usage: Usage::default(),
        };
        if let Err(error) = check(&request) {
            return ChunkStream::error(error);
        }
        let begin = State::Start(self.engine.clone(), Box::new(request));
        ChunkStream::new(stream::try_unfold((begin, answer), next_chunk))
    }
}

/// Returns an error if the request contains anything but text, because the chat template supports
/// only text.
fn check(request: &ChatRequest) -> Result<()> {
    let refuse = |content: &str| {
        let message =
            format!("local models accept only text, but the request contains {content}; remove it");
        Err(Error::new(ErrorKind::Unsupported, message))
    };
    for block in request.prompt.messages.iter().flat_map(Message::content) {
        match block {
            ContentBlock::Text(_) | ContentBlock::Reasoning(_) | ContentBlock::Refusal(_) => (),
            ContentBlock::ToolCall(call) => return refuse(&format!("a call of `{}`", call.name)),
            ContentBlock::Image(_) => return refuse("an image"),
            _ => return refuse("a content block of another type"),
        }
    }
    let options = &request.options;
    match (options.tools.first(), &options.response_format) {
        (Some(tool), _) => refuse(&format!("the tool `{}`", tool.name)),
        (None, Some(ResponseFormat::Json | ResponseFormat::JsonSchema(_))) => {
            refuse("a response format that is not text")
        }
        _ => Ok(()),
    }
}

enum State {
    Start(ChatEngine, Box<ChatRequest>),
    Next(Box<Generation>),
    Done,
}

async fn next_chunk(
    (mut state, mut answer): (State, Answer),
) -> Result<Option<(AiMessageChunk, (State, Answer))>> {
    loop {
        let (chunk, next) = match state {
            State::Start(engine, request) => {
                let generation = offload(move |_| start(&engine, &request)).await??;
                (None, State::Next(generation))
            }
            State::Next(generation) => answer.step(generation).await?,
            State::Done => return Ok(None),
        };
        if let Some(chunk) = chunk {
            return Ok(Some((chunk, (next, answer))));
        }
        state = next;
    }
}

/// Renders the conversation with the chat template, encodes the text as tokens, and starts the
/// answer.
fn start(engine: &ChatEngine, request: &ChatRequest) -> Result<Box<Generation>, LocalError> {
    let ChatOptions { temperature, top_p, seed, max_tokens, stop, .. } = &request.options;
    let sampling = Sampling {
        temperature: temperature.unwrap_or(TEMPERATURE),
        top_p: top_p.unwrap_or(TOP_P),
        seed: seed.unwrap_or_else(|| fastrand::u64(..)),
    };
    let limit = max_tokens.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX));
    engine.start(&turns_of(request), sampling, limit, stop).map(Box::new)
}

fn turns_of(request: &ChatRequest) -> Vec<ChatTurn> {
    let messages = request.prompt.messages.iter();
    messages.map(|message| ChatTurn::new(message.role(), message.text())).collect()
}

/// The state of an answer, besides the state of the engine.
struct Answer {
    turn: Arc<Semaphore>,
    /// The name of the model, which is sent with the first chunk. `None` after the first chunk.
    model: Option<String>,
    /// The token usage so far. Each chunk contains it, so that the usage is known even if the
    /// stream is dropped early.
    usage: Usage,
}

impl Answer {
    /// Computes a part of the prompt or one token of the answer. Returns a chunk of the answer, if
    /// the computation produced text or completed the answer.
    async fn step(
        &mut self,
        mut generation: Box<Generation>,
    ) -> Result<(Option<AiMessageChunk>, State)> {
        let turn = Arc::clone(&self.turn).acquire_owned().await.map_err(Error::other)?;
        let (step, generation) = offload(move |cancel| {
            let step = generation.next(cancel);
            // Release the turn inside the blocking work. After a call is dropped, its work still
            // runs until it checks the flag, and no other call may compute meanwhile.
            drop(turn);
            step.map(|step| (step, generation))
        })
        .await??;
        let usage = &mut self.usage;
        let chunk = match step {
            Step::Prefilled { done, .. } => {
                *usage = Usage::new(done as u64, 0);
                return Ok((None, State::Next(generation)));
            }
            Step::Pending => {
                *usage = Usage::new(usage.input_tokens, usage.output_tokens + 1);
                return Ok((None, State::Next(generation)));
            }
            Step::Text(text) => {
                *usage = Usage::new(usage.input_tokens, usage.output_tokens + 1);
                (AiMessageChunk::new(text), State::Next(generation))
            }
            Step::Done { rest, reason, input_tokens, output_tokens } => {
                *usage = Usage::new(input_tokens as u64, output_tokens as u64);
                let reason = match reason {
                    StopReason::Stop => FinishReason::Stop,
                    StopReason::Length => FinishReason::Length,
                };
                (AiMessageChunk::new(rest).with_finish_reason(reason), State::Done)
            }
        };
        let (chunk, state) = (chunk.0.with_usage(*usage), chunk.1);
        let chunk = match self.model.take() {
            Some(model) => chunk.with_model(model),
            None => chunk,
        };
        Ok((Some(chunk), state))
    }
}
