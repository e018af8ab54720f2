//! A thousand rounds need no more memory than ten.

use runnable_agents::prelude::*;
use runnable_testing::{ScriptedChatModel, ScriptedReply};
use serde_json::json;

use crate::replies::echo;

/// An agent that makes this number of rounds, and keeps only the last round of its conversation.
fn long(rounds: u32) -> Agent {
    let model = Counter(rounds).into_model();
    agent(model, [echo()]).max_rounds(rounds).compact_history(lambda(
        |mut conversation: PromptValue| {
            let is_answer = |message: &Message| matches!(message, Message::Ai(_));
            let last = conversation.messages.iter().rposition(is_answer).unwrap_or(1);
            conversation.messages.drain(1..last.max(1));
            conversation
        },
    ))
}

/// A model that calls a tool with the number of the round, until the last round. It keeps no
/// requests.
#[derive(Debug)]
struct Counter(u32);

impl Counter {
    fn into_model(self) -> ChatModel {
        ChatModel::new(self)
    }
}

impl runnable_chat::model::ChatProvider for Counter {
    fn run_name(&self) -> &str {
        "Counter"
    }

    fn stream(
        &self,
        request: runnable_chat::model::ChatRequest,
        _: RunContext,
    ) -> ChunkStream<AiMessage> {
        let last = request.prompt.messages.last().map(|message| message.text().into_owned());
        let seen = last.and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok());
        let round = seen.map_or(1, |seen| seen["n"].as_u64().unwrap_or_default() + 1);
        ChunkStream::once(if round < self.0.into() {
            AiMessage::new("").with_block(ToolCall::new("a", "echo", json!({"n": round})))
        } else {
            AiMessage::new("Done.")
        })
    }
}

/// Returns the largest number of bytes that a streamed call of the agent holds, and the number of
/// its rounds.
fn peak(agent: &Agent) -> (u64, u32) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut rounds = 0;
    let measured = allocation_counter::measure(|| {
        runtime.block_on(async {
            let mut chunks = agent.stream("Go");
            while let Some(chunk) = chunks.next().await {
                rounds = chunk.unwrap().rounds[0].number;
            }
        });
    });
    (measured.bytes_max, rounds)
}

#[test]
fn a_thousand_streamed_rounds_need_no_more_memory_than_ten() {
    let (few, many) = (peak(&long(10)), peak(&long(1_000)));
    assert_eq!((few.1, many.1), (10, 1_000));
    assert!(many.0 <= few.0 + few.0 / 10, "{few:?} {many:?}");
}

#[tokio::test]
async fn a_thousand_invoked_rounds_complete() {
    let output = long(1_000).invoke("Go").await.unwrap();
    assert_eq!((output.rounds.len(), &*output.text()), (1_000, "Done."));
    let script = ScriptedChatModel::new([ScriptedReply::words("Ok.")]);
    assert_eq!(agent(script.to_model(), []).invoke("Go").await.unwrap().text(), "Ok.");
}
