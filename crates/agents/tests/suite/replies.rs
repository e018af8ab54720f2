//! Tools and scripted models that several tests use.

use runnable_agents::prelude::*;
use runnable_testing::{ScriptedChatModel, ScriptedReply};
use serde_json::{Value, json};

/// A tool that returns its arguments.
pub(crate) fn echo() -> Tool {
    tool("echo", "Returns its arguments.", |args: Value, _| async move { Ok(args) })
}

/// A reply that calls the tool `echo` with a number.
pub(crate) fn call_echo(number: u64) -> ScriptedReply {
    ScriptedReply::tool_call("echo", json!({"n": number}))
}

/// An agent with the tool `echo` and a script, and the script, which records the requests.
pub(crate) fn echoing<const N: usize>(replies: [ScriptedReply; N]) -> (Agent, ScriptedChatModel) {
    let script = ScriptedChatModel::new(replies);
    (agent(script.to_model(), [echo()]), script)
}

/// The texts of all messages after the first.
pub(crate) fn texts(prompt: &PromptValue) -> Vec<String> {
    prompt.messages[1..].iter().map(|message| message.text().into_owned()).collect()
}
