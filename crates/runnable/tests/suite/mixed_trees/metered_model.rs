//! Scripted models that record when they work.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::stream;
use runnable::{
    model::{ChatProvider, ChatRequest},
    prelude::*,
    testing::{ScriptedChatModel, ScriptedReply},
};
use serde_json::json;
use tokio::time::Instant;

/// The models that return an answer to each request: the first at once, the others slowly.
pub(crate) const RELIABLE: std::ops::Range<u8> = 0..2;
/// The model that fails in its first request.
pub(crate) const FAILS_ONCE: u8 = 2;
/// The model that fails in the middle of each answer.
const FAILS: u8 = 3;
/// The model that panics. It is the last one.
pub(crate) const PANICS: u8 = 4;

/// The number of rounds in which a model calls tools, if it has tools.
const TOOL_ROUNDS: usize = 2;

/// The times at which models worked on their chunks. A clone is a handle to the same times.
#[derive(Clone, Debug, Default)]
pub(crate) struct Meter {
    pieces: Arc<Mutex<Vec<(Instant, Instant)>>>,
}

impl Meter {
    /// Returns the number of chunks on which models worked.
    pub(crate) fn pieces(&self) -> usize {
        self.pieces.lock().unwrap().len()
    }

    /// Returns the maximum number of models that worked at once.
    pub(crate) fn peak(&self) -> usize {
        let pieces = self.pieces.lock().unwrap();
        let at = |when| pieces.iter().filter(|(begun, end)| *begun <= when && when < *end).count();
        pieces.iter().map(|(begun, _)| at(*begun)).max().unwrap_or(0)
    }
}

/// The work on one chunk. A model that is no longer polled counts until its work is done.
struct Piece {
    meter: Meter,
    begun: Instant,
    due: Instant,
}

impl Drop for Piece {
    fn drop(&mut self) {
        let piece = (self.begun, self.due.min(Instant::now()));
        self.meter.pieces.lock().unwrap().push(piece);
    }
}

/// A model that counts as working while it produces a chunk.
#[derive(Debug)]
struct Metered {
    model: Arc<dyn ChatProvider>,
    meter: Meter,
    delay: Duration,
}

impl ChatProvider for Metered {
    fn run_name(&self) -> &str {
        self.model.run_name()
    }

    fn stream(&self, request: ChatRequest, cx: RunContext) -> ChunkStream<AiMessage> {
        let (meter, delay) = (self.meter.clone(), self.delay);
        let chunks = self.model.stream(request, cx);
        ChunkStream::new(stream::unfold(chunks, move |mut chunks| {
            let meter = meter.clone();
            async move {
                let begun = Instant::now();
                let piece = Piece { meter, begun, due: begun + delay };
                let chunk = chunks.next().await?;
                drop(piece);
                Some((chunk, chunks))
            }
        }))
    }
}

/// Creates the model with this number. Its answers depend on the number, on the question, and on
/// the results of its tools, but not on the earlier conversation.
pub(crate) fn metered_model(number: u8, meter: &Meter) -> ChatModel {
    let delay = Duration::from_secs(u64::from(number > 0));
    let has_failed = AtomicBool::new(false);
    let unavailable = || Error::new(ErrorKind::Unavailable, "the service is down");
    let script = ScriptedChatModel::from_fn(move |request| {
        let reply = match number {
            FAILS_ONCE if !has_failed.swap(true, Ordering::SeqCst) => {
                ScriptedReply::error(unavailable())
            }
            FAILS => reply(number, request).error_after(1, unavailable()),
            PANICS => panic!("panicked on request"),
            _ => reply(number, request),
        };
        reply.delay(delay)
    });
    let model = script.with_run_name(format!("Model{number}")).to_model();
    model.map_provider(|model| Metered { model, meter: meter.clone(), delay })
}

/// Calls the tool `ask` in the first rounds, if there is a tool, and then answers.
fn reply(number: u8, request: &ChatRequest) -> ScriptedReply {
    let messages = &request.prompt.messages;
    let is_question = |message: &Message| matches!(message, Message::Human(_));
    let question = messages.iter().rposition(is_question).expect("a prompt has a question");
    let text: String = messages[question].text().chars().take(12).collect();
    let since = &messages[question + 1..];
    let rounds = since.iter().filter(|message| matches!(message, Message::Ai(_))).count();
    if !request.options.tools.is_empty() && rounds < TOOL_ROUNDS {
        let calls = ScriptedReply::words("Wait.").and_tool_call("ask", json!({"text": text}));
        let is_first = rounds == 0;
        return if is_first { calls.and_tool_call("ask", json!({"text": "again"})) } else { calls };
    }
    let results = since.iter().filter(|message| matches!(message, Message::Tool(_)));
    let results: String = results.map(Message::text).collect();
    ScriptedReply::chunks([format!("{number}:"), text, results])
}
