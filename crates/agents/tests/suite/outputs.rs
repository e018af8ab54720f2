//! Outputs and their chunks, and final answers.

use runnable_agents::{AgentChunk, RoundChunk, prelude::*};
use runnable_chat::message::BlockDelta;
use runnable_testing::ScriptedReply;
use serde::Serialize;
use serde_json::json;

use crate::replies::{call_echo, echoing};

static_assertions::assert_impl_all!(Agent: Send, Sync, Clone, std::fmt::Debug);
static_assertions::assert_impl_all!(AgentState: Serialize, serde::de::DeserializeOwned);

#[tokio::test]
async fn chunks_arrive_as_the_model_writes_them() {
    let (agent, _) = echoing([call_echo(1), "Two words".into()]);
    let mut chunks = agent.stream("Go");
    let mut read = Vec::new();
    while let Some(chunk) = chunks.next().await {
        for part in chunk.unwrap().into_parts() {
            read.push(match part {
                AgentPart::Answer { round, chunk, .. } => match chunk.blocks() {
                    [block] => match &block.delta {
                        BlockDelta::ToolCall(call) => format!("{round} call {}", call.args),
                        _ => format!("{round} text {}", chunk.text()),
                    },
                    _ => panic!("{chunk:?}"),
                },
                AgentPart::ToolResult { round, message, .. } => {
                    format!("{round} result {}", message.text())
                }
                _ => panic!("unexpected part"),
            });
        }
    }
    assert_eq!(
        read,
        [
            "1 call ",
            r#"1 call {"n":1}"#,
            r#"1 result {"n":1}"#,
            "2 text Two",
            "2 text  ",
            "2 text words"
        ]
    );
}

#[test]
fn the_text_of_merged_chunks_is_the_text_of_all_answers() {
    assert_eq!(AgentChunk::default().text(), "");
    let output = AgentOutput::default().into_chunk();
    assert!(!output.has_content() && !AgentChunk::from(RoundChunk::default()).has_content());
}

#[tokio::test]
async fn a_failed_stream_keeps_the_rounds_so_far() {
    let broken = ScriptedReply::words("Half an answer")
        .error_after(1, Error::new(ErrorKind::Connection, "the connection broke"));
    let (agent, _) = echoing([call_echo(1), broken]);
    let error = agent.stream("Go").concat().await.unwrap_err();
    let partial = error.partial::<AgentChunk>().unwrap();
    assert_eq!((partial.rounds.len(), &*partial.text()), (2, "Half"));
}

#[tokio::test]
async fn a_final_answer_is_streamed_without_the_earlier_rounds() {
    let thinking = ScriptedReply::words("Let me look.").and_tool_call("echo", json!({"n": 1}));
    let (agent, _) = echoing([thinking, "It is 1.".into()]);
    let chain = agent.final_answer().pipe(text());
    let mut chunks = chain.stream("Go");
    assert_eq!(chunks.next().await.unwrap().unwrap(), "It");
    assert_eq!(chunks.concat().await.unwrap(), " is 1.");
}

#[tokio::test]
async fn an_agent_is_a_step_of_a_chain() {
    let (agent, script) = echoing(["Hi Ada.".into()]);
    let chain = prompt("Greet {name}.").pipe(agent).pipe(lambda(|output: AgentOutput| {
        output.usage().total_tokens + output.rounds.len() as u64
    }));
    assert_eq!(chain.invoke(dict! { name: "Ada" }).await.unwrap(), 1);
    assert_eq!(script.prompts()[0].text(), "Greet Ada.");
}
