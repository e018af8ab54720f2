//! The events of models.

use runnable_chat::{
    message::{BlockChunk, ToolCallChunk},
    prelude::*,
};
use runnable_events::StreamEventsExt;
use runnable_testing::{ScriptedChatModel, ScriptedReply, ScriptedTextModel};

use crate::{
    golden,
    parts::{all, model},
};

#[tokio::test]
async fn events_model() {
    let call = model("Hello brave new world").stream_events("hi");
    golden("events_model").assert_events(&all(call).await);
}

#[tokio::test]
async fn events_model_whole() {
    let script = ScriptedChatModel::new([ScriptedReply::complete("All at once")])
        .with_run_name("WholeModel");
    let call = script.without_streaming().to_model().stream_events("hi");
    golden("events_model_whole").assert_events(&all(call).await);
}

#[tokio::test]
async fn events_model_messages() {
    let call = model("Hello you").stream_events([human("hi"), ai("yes?"), human("well")]);
    golden("events_model_messages").assert_events(&all(call).await);
}

/// The chunks use `with_added_usage`, because by default the last usage replaces the earlier ones.
#[tokio::test]
async fn events_model_usage() {
    let end = AiMessageChunk::new("").with_raw_finish_reason("stop").with_model("fake-1");
    let script = ScriptedChatModel::new([ScriptedReply::message_chunks([
        AiMessageChunk::new("Hel").with_added_usage(Usage::new(5, 0)),
        AiMessageChunk::new("lo"),
        end,
        AiMessageChunk::new("").with_added_usage(Usage::new(0, 2)),
        // LangChain adds an empty chunk to each answer.
        AiMessageChunk::new(""),
    ])]);
    let call = script.with_run_name("ChunkModel").to_model().stream_events("hi");
    golden("events_model_usage").assert_events(&all(call).await);
}

/// Incomplete arguments are not repaired, and the complete answer has calls instead of chunks.
#[tokio::test]
async fn events_model_tool_call_chunks() {
    let piece = |index, call| AiMessageChunk::from(BlockChunk::tool_call(call).with_index(index));
    let script = ScriptedChatModel::new([ScriptedReply::message_chunks([
        piece(0, ToolCallChunk::new("{\"a\": 1").with_name("add").with_id("c1")),
        piece(0, ToolCallChunk::new(", \"b\": 2}")),
        piece(1, ToolCallChunk::new("{\"a\"").with_name("mul").with_id("c2")),
        piece(1, ToolCallChunk::new(": 3}")),
        AiMessageChunk::new(""),
    ])]);
    let call = script.with_run_name("ChunkModel").to_model().stream_events("hi");
    golden("events_model_tool_call_chunks").assert_events(&all(call).await);
}

#[tokio::test]
async fn events_llm() {
    let script = ScriptedTextModel::new(["abc"]).with_run_name("FakeListLLM").without_streaming();
    golden("events_llm").assert_events(&all(script.to_model().stream_events("hi")).await);
}
