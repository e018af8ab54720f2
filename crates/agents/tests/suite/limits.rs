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
