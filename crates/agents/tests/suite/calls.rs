//! The tool calls of a round: side by side, with time limits and retries, and with errors.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicUsize, Ordering},
    },
    time::Duration,
};

use runnable_agents::prelude::*;
use runnable_chat::message::ToolStatus;
use runnable_testing::{EventRecorder, ScriptedChatModel, ScriptedReply};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::replies::{call_echo, echo, echoing, texts};

/// A tool that takes the number of seconds that the model passes.
fn wait() -> Tool {
    tool("wait", "Waits.", |args: Value, cx: RunContext| async move {
        let seconds = args["s"].as_u64().unwrap_or_default();
        cx.pause(sleep(Duration::from_secs(seconds))).await;
        Ok(seconds)
    })
}

fn waits(seconds: &[u64]) -> ScriptedReply {
    let calls = ScriptedReply::message_chunks([]);
    seconds.iter().fold(calls, |calls, s| calls.and_tool_call("wait", json!({"s": s})))
}

#[tokio::test(start_paused = true)]
async fn results_arrive_as_the_tools_complete() {
    let model = ScriptedChatModel::new([waits(&[3, 1, 2]), "Done.".into()]).to_model();
    let agent = agent(model, [wait()]);
    let mut chunks = agent.stream("Go");
    let (mut merged, mut arrived) = (None, Vec::new());
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.unwrap();
        merged.merge(Some(chunk.clone()));
        for part in chunk.into_parts() {
            if let AgentPart::ToolResult { message, round, .. } = part {
                arrived.push((round, message.text().into_owned()));
            }
        }
    }
    assert_eq!(arrived, [(1, "1".into()), (1, "2".into()), (1, "3".into())]);
    let output = AgentOutput::from_merged(merged).unwrap();
    let results: Vec<_> = output.rounds[0].results.iter().map(|result| result.text()).collect();
    assert_eq!(results, ["3", "1", "2"]);
}

#[tokio::test(start_paused = true)]
async fn only_some_tools_run_at_the_same_time() {
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (now, high) = (Arc::clone(&running), Arc::clone(&most));
    let busy = tool("wait", "Waits.", move |_: Value, _| {
        let (now, high) = (Arc::clone(&now), Arc::clone(&high));
        async move {
            high.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            sleep(Duration::from_secs(1)).await;
            now.fetch_sub(1, Ordering::SeqCst);
            Ok(())
        }
    });
    let replies = [waits(&[1; 7]), "Done.".into()];
    let model = ScriptedChatModel::new(replies).to_model();
    let output = agent(model, [busy]).max_parallel_tools(3).invoke("Go").await.unwrap();
    assert_eq!(output.rounds[0].results.len(), 7);
    assert_eq!((running.load(Ordering::SeqCst), most.load(Ordering::SeqCst)), (0, 3));
}

#[tokio::test(start_paused = true)]
async fn the_model_reads_that_a_tool_took_too_long() {
    let script = ScriptedChatModel::new([waits(&[5, 1]), "Done.".into()]);
    let policy = ToolPolicy::new().timeout(Duration::from_secs(2));
    let agent = agent(script.to_model(), [wait()]).every_tool(policy);
    let output = agent.invoke("Go").await.unwrap();
    let results = &output.rounds[0].results;
    assert_eq!(results[0].status, ToolStatus::Error);
    assert!(results[0].text().contains("did not complete within 2s"), "{}", results[0].text());
    assert_eq!(results[1].text(), "1");
}

/// A tool that fails until its third call.
fn flaky(calls: Arc<AtomicU32>) -> Tool {
    tool("flaky", "Fails twice.", move |_: Value, _| {
        let call = calls.fetch_add(1, Ordering::SeqCst) + 1;
        async move {
            match call {
                3 => Ok("worked"),
                _ => Err(Error::new(ErrorKind::Unavailable, "the service is down")),
            }
        }
    })
}

#[tokio::test]
async fn a_tool_is_retried_if_its_policy_says_so() {
    let retry = ToolPolicy::new().retry(RetryPolicy::new().without_backoff());
    for (policy, expected) in [(ToolPolicy::new(), "the service is down"), (retry, "worked")] {
        let calls = ScriptedReply::tool_call("flaky", json!({}));
        let model = ScriptedChatModel::new([calls, "Done.".into()]).to_model();
        let agent = agent(model, [flaky(Arc::default()), echo()]).tool_policy("flaky", policy);
        let output = agent.invoke("Go").await.unwrap();
        assert_eq!(output.rounds[0].results[0].text(), expected);
    }
}

#[tokio::test]
async fn a_panic_is_the_error_of_its_tool() {
    let panics = tool("panics", "Panics.", |_: Value, _| async move {
        if true {
            panic!("the list is empty");
        }
        Ok(())
    });
    let calls = call_echo(1).and_tool_call("panics", json!({}));
    let script = ScriptedChatModel::new([calls, "Sorry.".into()]);
    let agent = agent(script.to_model(), [echo(), panics]);
    let recorder = EventRecorder::new();
    let config = RunConfig::new().listener(recorder.clone());
    let output = agent.invoke("Go").config(config).await.unwrap();
    assert_eq!(output.text(), "Sorry.");
    assert_eq!(
        texts(&script.prompts()[1])[1..],
        [r#"{"n":1}"#, "the tool panicked: the list is empty"]
    );
    assert!(recorder.lines().contains(&"on_tool_error panics".to_owned()));
}

#[tokio::test]
async fn an_error_for_the_program_ends_the_agent() {
    let locked = tool("locked", "Is locked.", |_: Value, _| async move {
        Err::<(), _>(Error::new(ErrorKind::PermissionDenied, "the door is locked"))
    });
    let call = ScriptedReply::tool_call("locked", json!({}));
    let model = ScriptedChatModel::new([call, "Never.".into()]).to_model();
    let error = agent(model, [locked]).invoke("Go").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert_eq!(error.path().collect::<Vec<_>>(), ["Agent", "AgentRound", "locked"]);
}

#[tokio::test]
async fn an_unknown_tool_in_a_setting_is_refused() {
    let (agent, script) = echoing(["Never.".into()]);
    for (agent, setting) in [
        (agent.clone().require_approval(["ecko"]), "require_approval"),
        (agent.clone().tool_policy("ecko", ToolPolicy::new()), "tool_policy"),
    ] {
        let error = agent.invoke("Go").await.unwrap_err();
        let expected = format!("unknown tool `ecko` in `{setting}`: expected one of `echo`");
        assert_eq!((error.kind(), error.message()), (ErrorKind::InvalidInput, expected));
    }
    let error = agent.clone().each_round(|_| ()).require_approval(["ecko"]).invoke("Go").await;
    let expected = "; use `require_approval_when` for a tool that `each_round` adds";
    assert!(error.unwrap_err().message().ends_with(expected));
    let error = self::agent(script.to_model(), []).require_approval(["a"]).invoke("Go").await;
    assert!(error.unwrap_err().message().ends_with(": the agent has no tools"));
    for agent in [agent.clone().max_rounds(0), agent.max_parallel_tools(0)] {
        let error = agent.stream("Go").concat().await.unwrap_err();
        assert!(error.message().ends_with(": 0; set it to 1 or more"), "{error}");
    }
    assert!(script.requests().is_empty());
}

#[tokio::test]
async fn two_tools_of_one_name_are_refused_before_the_request() {
    let script = ScriptedChatModel::new(["Never."]);
    let twice = agent(script.to_model(), [echo(), echo()]);
    let added = agent(script.to_model(), [echo()]).each_round(|round| round.tools.push(echo()));
    for agent in [twice, added] {
        for error in
            [agent.invoke("Go").await.unwrap_err(), agent.stream("Go").concat().await.unwrap_err()]
        {
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert_eq!(error.message(), "duplicate tool name `echo`; rename one of the tools");
        }
    }
    assert!(script.requests().is_empty());
}
