//! The runs of an agent: one start and one end each, also if the call is dropped.

use futures_util::FutureExt;
use runnable_agents::prelude::*;
use runnable_testing::{EventRecorder, ScriptedChatModel, ScriptedReply};
use serde_json::{Value, json};

use crate::replies::{call_echo, echoing};

fn recorded(recorder: &EventRecorder) -> Vec<String> {
    recorder.lines().into_iter().filter(|line| !line.contains("_stream")).collect()
}

#[tokio::test]
async fn each_round_and_each_tool_is_a_run() {
    let expected = [
        "on_chain_start Agent",
        "on_chain_start AgentRound",
        "on_chat_model_start ScriptedChatModel",
        "on_chat_model_end ScriptedChatModel",
        "on_tool_start echo",
        "on_tool_end echo",
        "on_chain_end AgentRound",
        "on_chain_start AgentRound",
        "on_chat_model_start ScriptedChatModel",
        "on_chat_model_end ScriptedChatModel",
        "on_chain_end AgentRound",
        "on_chain_end Agent",
    ];
    for is_streamed in [false, true] {
        let (agent, _) = echoing([call_echo(1), "Done.".into()]);
        let recorder = EventRecorder::new();
        let config = RunConfig::new().listener(recorder.clone());
        if is_streamed {
            agent.stream("Go").config(config).concat().await.unwrap();
        } else {
            agent.invoke("Go").config(config).await.unwrap();
        }
        assert_eq!(recorded(&recorder), expected);
        let rounds = recorder.events_of("AgentRound");
        assert!(rounds[0].run.tags.iter().any(|tag| tag == "round:1"), "{:?}", rounds[0].run.tags);
        let tool = recorder.events_of("echo");
        assert_eq!(tool[0].run.metadata["tool_call_id"], "call_1");
    }
}

#[tokio::test]
async fn a_name_and_a_spending_limit_add_no_run() {
    let (agent, _) = echoing(["Done.".into()]);
    let limited = agent.spending_limit(SpendingLimit::new().max_tokens(10)).with_name("clerk");
    let recorder = EventRecorder::new();
    let config = RunConfig::new().listener(recorder.clone());
    limited.invoke("Go").config(config).await.unwrap();
    let lines = recorded(&recorder);
    assert_eq!(lines[..2], ["on_chain_start clerk", "on_chain_start AgentRound"]);
    assert_eq!(lines.len(), 6);
}

/// An agent whose tool never completes, and whose model has answered with a call of it.
fn stuck() -> Agent {
    let stuck = tool("stuck", "Never completes.", |_: Value, _| async {
        std::future::pending::<()>().await;
        Ok(())
    });
    let call = ScriptedReply::tool_call("stuck", json!({}));
    agent(ScriptedChatModel::new([call]).to_model(), [stuck])
}

#[tokio::test]
async fn dropping_the_call_cancels_all_open_runs() {
    for is_streamed in [false, true] {
        let (agent, recorder) = (stuck(), EventRecorder::new());
        let config = RunConfig::new().listener(recorder.clone());
        if is_streamed {
            let mut chunks = agent.stream("Go").config(config);
            while chunks.next().now_or_never().is_some() {}
        } else {
            let mut call = Box::pin(agent.invoke("Go").config(config).into_future());
            assert!((&mut call).now_or_never().is_none());
        }
        let lines = recorded(&recorder);
        let last = [
            "on_tool_cancelled stuck",
            "on_chain_cancelled AgentRound",
            "on_chain_cancelled Agent",
        ];
        assert_eq!(lines[lines.len() - 3..], last);
    }
}

#[tokio::test]
async fn a_tool_that_ends_the_agent_cancels_the_other_tools() {
    let broken = tool("broken", "Fails.", |_: Value, _| async {
        Err::<(), _>(Error::new(ErrorKind::Authentication, "unknown key"))
    });
    let stuck = tool("stuck", "Never completes.", |_: Value, _| async {
        std::future::pending::<()>().await;
        Ok(())
    });
    let calls = ScriptedReply::tool_call("stuck", json!({})).and_tool_call("broken", json!({}));
    let model = ScriptedChatModel::new([calls]).to_model();
    let recorder = EventRecorder::new();
    let config = RunConfig::new().listener(recorder.clone());
    let call = agent(model, [broken, stuck]).invoke("Go").config(config);
    assert_eq!(call.await.unwrap_err().kind(), ErrorKind::Authentication);
    let lines = recorded(&recorder);
    let ends = |name: &str| lines.iter().filter(|line| line.as_str() == name).count();
    assert_eq!((ends("on_tool_error broken"), ends("on_tool_cancelled stuck")), (1, 1));
}
