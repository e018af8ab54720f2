//! A paused agent continues in another process, and gives the answer that it gives in this one.
//!
//! The test binary starts itself as a child process. The child has only the stored state, and an
//! agent that was created in the same way.

use std::{
    env,
    process::{Command, Stdio},
    sync::{Arc, Mutex},
};

use runnable_agents::prelude::*;
use runnable_testing::{ScriptedChatModel, ScriptedReply};
use serde_json::{Value, json};
use tokio::runtime::Builder;

use crate::replies::{call_echo, echo, texts};

/// The variable that contains the stored state for the child process.
const STATE: &str = "AGENTS_PAUSED_STATE";

/// The start of the line with the result of the child.
const RESULT: &str = "child: ";

/// An agent that sends two messages in its second round, its model, and the messages that it sent.
///
/// The final answer of the model contains everything that the model has read.
fn sender() -> (Agent, ScriptedChatModel, Arc<Mutex<Vec<Value>>>) {
    let script = ScriptedChatModel::from_fn(|request| match request.prompt.messages.len() {
        1 => call_echo(1).usage(Usage::new(5, 1)),
        3 => ScriptedReply::tool_call("send", json!({"to": "Ada"}))
            .and_tool_call("echo", json!({"n": 2}))
            .and_tool_call("send", json!({"to": "Bob"}))
            .usage(Usage::new(7, 3)),
        _ => ScriptedReply::words(texts(&request.prompt).join("\n")).usage(Usage::new(9, 9)),
    });
    let sent = Arc::new(Mutex::new(Vec::new()));
    let sending = Arc::clone(&sent);
    let send = tool("send", "Sends a message.", move |args: Value, _| {
        sending.lock().unwrap().push(args.clone());
        async move { Ok(args) }
    });
    (agent(script.to_model(), [send, echo()]).require_approval(["send"]), script, sent)
}

/// Approves the calls that still need a decision, and runs the agent to its end. Returns what the
/// agent, its model and its tool have seen.
async fn resume(mut state: AgentState) -> Value {
    let (agent, script, sent) = sender();
    state.approve_all();
    let output = agent.resume().stream(state).concat().await.unwrap();
    let answer = output.text().into_owned();
    let sent = sent.lock().unwrap().clone();
    json!({"answer": answer, "output": output, "prompts": script.prompts(), "sent": sent})
}

/// Continues the agent from the stored state in another process.
fn resume_elsewhere(state: &AgentState) -> Value {
    let child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "resumed_elsewhere::child_that_resumes_the_agent"])
        .args(["--nocapture", "--test-threads=1"])
        .env(STATE, serde_json::to_string(state).unwrap())
        .stderr(Stdio::null())
        .output()
        .unwrap();
    let printed = String::from_utf8(child.stdout).unwrap();
    let result = printed.lines().find_map(|line| line.strip_prefix(RESULT));
    serde_json::from_str(result.expect("the child prints its result")).unwrap()
}

/// The program of the child process. In a normal run of the tests, it does nothing.
#[test]
fn child_that_resumes_the_agent() {
    let Ok(stored) = env::var(STATE) else { return };
    let state = serde_json::from_str(&stored).unwrap();
    let result = Builder::new_current_thread().build().unwrap().block_on(resume(state));
    println!("\n{RESULT}{result}");
}

#[tokio::test]
async fn a_state_without_decisions_continues_to_the_same_answer_in_another_process() {
    let paused = sender().0.invoke("Go").await.unwrap().paused.unwrap();
    let elsewhere = resume_elsewhere(&paused);
    assert_eq!(elsewhere, resume(paused).await);
    assert_eq!(elsewhere["sent"], json!([{"to": "Ada"}, {"to": "Bob"}]));
    assert!(elsewhere["answer"].as_str().unwrap().contains(r#"{"to":"Bob"}"#));
}

#[tokio::test]
async fn decisions_reach_the_other_process_with_the_state() {
    let mut paused = sender().0.invoke("Go").await.unwrap().paused.unwrap();
    paused.approve_with("call_1", json!({"to": "Eve"})).unwrap();
    paused.reject("call_3", "Bob is asleep.").unwrap();
    let elsewhere = resume_elsewhere(&paused);
    assert_eq!(elsewhere, resume(paused).await);
    assert_eq!(elsewhere["sent"], json!([{"to": "Eve"}]));
    assert!(elsewhere["answer"].as_str().unwrap().contains("Bob is asleep."));
}
