//! The approval of tool calls: pauses, decisions, and states that are stored.

use std::sync::{Arc, Mutex};

use runnable_agents::{ApprovalRequired, prelude::*};
use runnable_chat::tool::ToolOutput;
use runnable_testing::{ScriptedChatModel, ScriptedReply};
use serde_json::{Value, json};

use crate::replies::{call_echo, echo, echoing, texts};

type Sent = Arc<Mutex<Vec<Value>>>;

/// A tool that stores its arguments.
fn send(sent: &Sent) -> Tool {
    let sent = Arc::clone(sent);
    tool("send", "Sends a message.", move |args: Value, _| {
        sent.lock().unwrap().push(args);
        async { Ok(ToolOutput::text("sent").with_artifact("receipt")) }
    })
}

/// An agent that sends two messages and echoes a number in its second round, and its model.
fn sender(sent: &Sent) -> (Agent, ScriptedChatModel) {
    let calls = ScriptedReply::tool_call("send", json!({"to": "Ada"}))
        .and_tool_call("echo", json!({"n": 2}))
        .and_tool_call("send", json!({"to": "Bob"}));
    let script =
        ScriptedChatModel::new([call_echo(1).usage(Usage::new(5, 1)), calls, "Done.".into()]);
    let agent = agent(script.to_model(), [send(sent), echo()]).require_approval(["send"]);
    (agent, script)
}

#[tokio::test]
async fn no_tool_of_a_round_runs_before_the_approval() {
    let sent = Sent::default();
    let (agent, _) = sender(&sent);
    let output = agent.invoke("Go").await.unwrap();
    assert!(output.answer().is_none() && output.text().is_empty());
    assert_eq!(output.rounds[1].awaiting, ["call_1", "call_3"]);
    assert!(output.rounds[1].results.is_empty() && sent.lock().unwrap().is_empty());
    let state = output.paused.unwrap();
    assert_eq!((state.rounds, state.usage), (2, Usage::new(5, 1)));
    let args: Vec<_> = state.pending().map(|call| call.args["to"].clone()).collect();
    assert_eq!(args, ["Ada", "Bob"]);
}

#[tokio::test]
async fn a_stored_state_continues_to_the_same_answer() {
    let sent = Sent::default();
    let (direct, script) = sender(&sent);
    let mut state = direct.invoke("Go").await.unwrap().paused.unwrap();
    state.approve_all();
    let expected = direct.resume().invoke(&state).await.unwrap();
    let expected_prompt = script.prompts().pop().unwrap();

    // Another process has the stored text, and an agent that was created in the same way.
    let (first, _) = sender(&sent);
    let paused = first.stream("Go").concat().await.unwrap().paused.unwrap();
    let stored = serde_json::to_string(&paused).unwrap();
    let script = ScriptedChatModel::new(["Done."]);
    let second = agent(script.to_model(), [send(&sent), echo()]).require_approval(["send"]);
    let mut state: AgentState = serde_json::from_str(&stored).unwrap();
    assert_eq!(state, paused);
    state.approve_all();
    let output = second.resume().stream(state).concat().await.unwrap();

    assert_eq!(output, expected);
    assert_eq!(output.text(), "Done.");
    assert_eq!(script.prompts(), [expected_prompt]);
    assert_eq!(sent.lock().unwrap().len(), 4);
}

#[tokio::test]
async fn each_call_has_its_own_decision() {
    let sent = Sent::default();
    let (agent, script) = sender(&sent);
    let mut state = agent.invoke("Go").await.unwrap().paused.unwrap();
    state.approve_with("call_1", json!({"to": "Eve"})).unwrap();
    state.reject("call_3", "Bob is asleep.").unwrap();
    assert_eq!(state.pending().count(), 0);
    let output = agent.resume().invoke(state).await.unwrap();

    assert_eq!(*sent.lock().unwrap(), [json!({"to": "Eve"})]);
    let round = &output.rounds[0];
    assert_eq!((round.number, round.answer.is_none()), (2, true));
    let texts: Vec<_> = round.results.iter().map(ToolMessage::text).collect();
    let rejected = "the call was rejected, and the tool did not run: Bob is asleep.";
    assert_eq!(texts, ["sent", r#"{"n":2}"#, rejected]);
    assert_eq!(round.results[0].artifact, Some("receipt".into()));
    // The model reads the call with the arguments that ran.
    let prompt = script.prompts().pop().unwrap();
    let Message::Ai(answer) = &prompt.messages[3] else { panic!("{prompt}") };
    assert_eq!(answer.tool_calls().next().unwrap().args, json!({"to": "Eve"}));
}

#[tokio::test]
async fn a_state_without_decisions_cannot_continue() {
    let (agent, _) = sender(&Sent::default());
    let mut state = agent.invoke("Go").await.unwrap().paused.unwrap();
    let error = state.approve("call_2").unwrap_err();
    assert!(error.message().starts_with("unknown tool call `call_2`: expected one of `call_1`"));
    state.approve("call_1").unwrap();
    let error = agent.resume().invoke(state).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.message().contains("`call_3` needs a decision"), "{error}");
}

#[tokio::test]
async fn a_function_can_require_the_approval() {
    let (agent, _) = echoing([call_echo(1), call_echo(200), "Done.".into()]);
    let agent = agent.require_approval_when(|call| call.args["n"].as_u64() > Some(100));
    let output = agent.invoke("Go").await.unwrap();
    assert_eq!(output.paused.unwrap().rounds, 2);
}

#[tokio::test]
async fn the_error_of_a_final_answer_contains_the_state() {
    let (agent, _) = sender(&Sent::default());
    let error = agent.clone().final_answer().invoke("Go").await.unwrap_err();
    let required = error.downcast_ref::<ApprovalRequired>().unwrap();
    assert!(error.message().contains("calls of `send`, `send`"), "{error}");
    let mut state = required.state.clone();
    state.reject_all("No.");
    assert_eq!(agent.resume().invoke(state).await.unwrap().text(), "Done.");
}

#[tokio::test]
async fn the_rounds_before_a_pause_count() {
    let script = ScriptedChatModel::new([call_echo(1)]).repeat_last();
    let agent = agent(script.to_model(), [echo()]).require_approval(["echo"]).max_rounds(3);
    let mut state = agent.invoke("Go").await.unwrap().paused.unwrap();
    state.approve_all();
    let mut state = agent.resume().invoke(state).await.unwrap().paused.unwrap();
    assert_eq!(state.rounds, 2);
    state.approve_all();
    let error = agent.resume().invoke(state).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RecursionLimit);
    assert_eq!(script.requests().len(), 3);
}

#[tokio::test]
async fn a_resumed_agent_has_the_tools_that_a_function_adds() {
    let call = ScriptedReply::tool_call("lookup", json!({"n": 7}));
    for is_streamed in [false, true] {
        let (agent, script) = echoing([call.clone(), "Done.".into()]);
        let agent = agent.require_approval_when(|call| call.name == "lookup").each_round(|round| {
            if round.number == 1 && round.prompt.messages == [human("Go")] {
                let lookup = tool("lookup", "Looks up.", |args: Value, _| async move { Ok(args) });
                round.tools.push(lookup);
            }
        });
        let mut state = agent.invoke("Go").await.unwrap().paused.unwrap();
        state.approve_all();
        let output = if is_streamed {
            agent.resume().stream(state).concat().await.unwrap()
        } else {
            agent.resume().invoke(state).await.unwrap()
        };
        assert_eq!(output.rounds[0].results[0].text(), r#"{"n":7}"#);
        assert_eq!(texts(&script.prompts()[1])[1], r#"{"n":7}"#);
        assert_eq!(script.requests()[1].options.tools.len(), 1);
    }
}
