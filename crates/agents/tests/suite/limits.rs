//! Budgets of an agent: tokens, and the concurrency of the call.

use std::time::Duration;

use runnable_agents::prelude::*;
use runnable_testing::{ScriptedChatModel, ScriptedReply};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::replies::{call_echo, echo};

#[tokio::test]
async fn a_spending_limit_counts_the_models_of_tools() {
    let inner = ScriptedChatModel::new([ScriptedReply::words("4").usage(Usage::new(300, 100))]);
    let solver = inner.clone().repeat_last().to_model();
    let solve = tool("solve", "Solves.", move |_: Value, cx: RunContext| {
        let solver = solver.clone();
        async move { Ok(solver.invoke("2 + 2?").config(&cx).await?.into_text()) }
    });
    let call = ScriptedReply::tool_call("solve", json!({})).usage(Usage::new(80, 20));
    let script = ScriptedChatModel::new([call]).repeat_last();
    let limit = SpendingLimit::new().max_tokens(1_000).per_call();
    let agent = agent(script.to_model(), [solve]).spending_limit(limit);
    for _ in 0..2 {
        let error = agent.stream("Go").concat().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SpendingLimit);
    }
    // Each call ends after two rounds: two answers of 100 tokens, and two inner answers of 400.
    assert_eq!((script.requests().len(), inner.requests().len()), (4, 4));
}

#[tokio::test]
async fn a_resumed_agent_has_the_spending_limit_too() {
    let limit = SpendingLimit::new().max_tokens(100);
    let script = ScriptedChatModel::new([call_echo(1).usage(Usage::new(50, 10))]).repeat_last();
    let agent =
        agent(script.to_model(), [echo()]).require_approval(["echo"]).spending_limit(limit.clone());
    let mut state = agent.invoke("Go").await.unwrap().paused.unwrap();
    assert_eq!(limit.spent().total().usage.total_tokens, 60);
    state.approve_all();
    let mut calls = 0;
    let error = loop {
        match agent.resume().invoke(&state).await {
            Ok(output) => state = output.paused.unwrap(),
            Err(error) => break error,
        }
        state.approve_all();
        calls += 1;
        assert!(calls < 5);
    };
    assert_eq!(error.kind(), ErrorKind::SpendingLimit);
    assert_eq!(script.requests().len(), 2);
}

/// An agent that calls a tool in each round, asks for approval before, and may use 150 tokens in
/// each call. A round uses 20 tokens, and its tool 40. Also returns the two models.
fn solver() -> (Agent, ScriptedChatModel, ScriptedChatModel) {
    let inner = ScriptedChatModel::new([ScriptedReply::words("4").usage(Usage::new(30, 10))]);
    let inner = inner.repeat_last();
    let solver = inner.to_model();
    let solve = tool("solve", "Solves.", move |_: Value, cx: RunContext| {
        let solver = solver.clone();
        async move { Ok(solver.invoke("2 + 2?").config(&cx).await?.into_text()) }
    });
    let call = ScriptedReply::tool_call("solve", json!({})).usage(Usage::new(15, 5));
    let script = ScriptedChatModel::new([call]).repeat_last();
    let limit = SpendingLimit::new().max_tokens(150).per_call();
    let agent = agent(script.to_model(), [solve]).require_approval(["solve"]);
    (agent.spending_limit(limit), script, inner)
}

#[tokio::test]
async fn a_limit_per_call_continues_after_a_pause() {
    for is_streamed in [false, true] {
        let (agent, script, inner) = solver();
        let mut state = agent.invoke("Go").await.unwrap().paused.unwrap();
        let mut spent = vec![state.spent.total().usage.total_tokens];
        let error = loop {
            state.approve_all();
            let stored = serde_json::to_string(&state).unwrap();
            let read: AgentState = serde_json::from_str(&stored).unwrap();
            assert_eq!(read, state);
            let output = if is_streamed {
                agent.resume().stream(read).concat().await
            } else {
                agent.resume().invoke(read).await
            };
            match output {
                Ok(output) => state = output.paused.unwrap(),
                Err(error) => break error,
            }
            spent.push(state.spent.total().usage.total_tokens);
            assert!(spent.len() < 5);
        };
        assert_eq!(error.kind(), ErrorKind::SpendingLimit);
        // The third tool reaches the limit.
        assert_eq!(spent, [20, 80, 140]);
        assert_eq!((script.requests().len(), inner.requests().len()), (3, 3));
        // Another call has its own sum.
        let other = agent.invoke("Go").await.unwrap().paused.unwrap();
        assert_eq!(other.spent.total().usage.total_tokens, 20);
    }
}

#[tokio::test]
async fn a_state_of_an_earlier_version_can_be_read() {
    let (agent, script, _) = solver();
    let mut paused = agent.invoke("Go").await.unwrap().paused.unwrap();
    let mut stored = serde_json::to_value(&paused).unwrap();
    let fields = stored.as_object_mut().unwrap();
    for field in ["spent", "corrections", "usage"] {
        assert!(fields.remove(field).is_some(), "{field}");
    }
    let mut state: AgentState = serde_json::from_value(stored).unwrap();
    state.approve_all();
    assert!(state.spent.is_empty());
    let output = agent.resume().invoke(state).await.unwrap();
    assert_eq!(output.paused.unwrap().spent.total().usage.total_tokens, 60);
    assert_eq!(script.requests().len(), 2);
    // A state whose agent had a limit keeps the sum if it is resumed without a limit.
    paused.approve_all();
    let unlimited = crate::replies::echoing([ScriptedReply::tool_call("echo", json!({}))]).0;
    let output = unlimited.require_approval(["echo"]).resume().invoke(&paused).await.unwrap();
    assert_eq!(output.paused.unwrap().spent, paused.spent);
}

#[tokio::test(start_paused = true)]
async fn the_concurrency_limit_of_the_call_applies_to_tools() {
    let wait = tool("wait", "Waits.", |_: Value, _| async {
        sleep(Duration::from_secs(1)).await;
        Ok(())
    });
    let calls = (0..4)
        .fold(ScriptedReply::message_chunks([]), |reply, _| reply.and_tool_call("wait", json!({})));
    let model = ScriptedChatModel::new([calls, "Done.".into()]).to_model();
    let (agent, start) = (agent(model, [wait]), Instant::now());
    let config = RunConfig::new().max_concurrency(2);
    let output = agent.stream("Go").config(config).concat().await.unwrap();
    assert_eq!(output.text(), "Done.");
    assert_eq!(start.elapsed().as_secs(), 2);
}
