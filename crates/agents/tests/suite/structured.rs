//! Final answers of a Rust type.

use runnable_agents::{ApprovalRequired, StructuredAgentChunk, StructuredAgentOutput, prelude::*};
use runnable_chat::{message::RefusalBlock, model::ResponseFormat};
use runnable_testing::{EventRecorder, ScriptedChatModel, ScriptedReply};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::replies::{call_echo, echo, texts};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct City {
    name: String,
    #[serde(default)]
    rivers: Vec<String>,
}
impl_at_once!(City);

fn city(name: &str, rivers: &[&str]) -> City {
    City { name: name.into(), rivers: rivers.iter().map(ToString::to_string).collect() }
}

/// An agent with the tool `echo` and this script, and the script.
fn cities<const N: usize>(
    replies: [ScriptedReply; N],
) -> (StructuredAgent<City>, ScriptedChatModel) {
    let script = ScriptedChatModel::new(replies);
    (agent(script.to_model(), [echo()]).with_structured_output(), script)
}

/// A round whose text looks like a value, and a final answer in four chunks.
fn paris() -> [ScriptedReply; 2] {
    let looked =
        ScriptedReply::chunks([r#"{"name": "Rome"}"#]).and_tool_call("echo", json!({"n": 1}));
    let chunks = [r#"{"name": "Pa"#, r#"ris", "rivers": ["#, r#""Seine""#, "]}"];
    [looked, ScriptedReply::chunks(chunks)]
}

async fn chunks_of(
    agent: &StructuredAgent<City>,
) -> (Vec<StructuredAgentChunk<City>>, StructuredAgentOutput<City>) {
    let (mut chunks, mut merged, mut all) = (agent.stream("Go"), None, Vec::new());
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.unwrap();
        merged.merge(Some(chunk.clone()));
        all.push(chunk);
    }
    (all, StructuredAgentOutput::from_merged(merged).unwrap())
}

#[tokio::test]
async fn the_rounds_and_the_value_are_streamed() {
    let (agent, _) = cities(paris());
    let (chunks, output) = chunks_of(&agent).await;
    let read: Vec<_> = chunks
        .into_iter()
        .map(|chunk| {
            let part = chunk.agent.into_parts().next().map(|part| match part {
                AgentPart::Answer { round, .. } => format!("{round} answer"),
                AgentPart::ToolResult { round, message, .. } => {
                    format!("{round} result {}", message.text())
                }
                _ => panic!("unexpected part"),
            });
            (part.unwrap_or_default(), chunk.value)
        })
        .collect();
    let expected = [
        ("1 answer", Some(city("Rome", &[]))),
        ("1 answer", None),
        ("1 answer", None),
        (r#"1 result {"n":1}"#, None),
        ("2 answer", Some(city("Pa", &[]))),
        ("2 answer", Some(city("Paris", &[]))),
        ("2 answer", Some(city("Paris", &["Seine"]))),
        ("2 answer", None),
        ("", Some(city("Paris", &["Seine"]))),
    ];
    assert_eq!(read, expected.map(|(part, value)| (part.to_owned(), value)));
    assert_eq!(output.agent.rounds.len(), 2);
}

#[tokio::test]
async fn merged_chunks_are_the_invoked_output() {
    let (_, streamed) = chunks_of(&cities(paris()).0).await;
    let invoked = cities(paris()).0.invoke("Go").await.unwrap();
    assert_eq!(streamed, invoked);
    assert_eq!(invoked.agent.rounds.len(), 2);
    assert_eq!(StructuredAgentOutput::from_chunk(invoked.clone().into_chunk()).unwrap(), invoked);
    let stored = serde_json::to_value(&invoked).unwrap();
    assert_eq!(stored["value"], json!({"name": "Paris", "rivers": ["Seine"]}));
    assert_eq!(stored["rounds"].as_array().unwrap().len(), 2);
    assert_eq!(invoked.into_value().unwrap(), city("Paris", &["Seine"]));
}

#[tokio::test]
async fn each_request_has_the_schema_of_the_type() {
    let (agent, script) = cities(paris());
    agent.invoke("Go").await.unwrap();
    for request in script.requests() {
        assert_eq!(request.options.response_format, Some(ResponseFormat::of::<City>()));
        assert_eq!(request.options.tools.len(), 1);
    }
}

/// An agent that asks for approval, with a text before the call that looks like a value.
fn asking() -> StructuredAgent<City> {
    let script = ScriptedChatModel::new(paris());
    agent(script.to_model(), [echo()]).require_approval(["echo"]).with_structured_output()
}

#[tokio::test]
async fn a_paused_agent_has_no_value() {
    let invoked = asking().invoke("Go").await.unwrap();
    let (_, streamed) = chunks_of(&asking()).await;
    assert_eq!(streamed, invoked);
    assert_eq!((&invoked.value, invoked.agent.paused.is_some()), (&None, true));
    let error = invoked.into_value().unwrap_err();
    assert!(error.downcast_ref::<ApprovalRequired>().is_some(), "{error}");
}

#[tokio::test]
async fn a_resumed_agent_has_a_value() {
    for is_streamed in [false, true] {
        let agent = asking();
        let mut state = agent.invoke("Go").await.unwrap().agent.paused.unwrap();
        state.approve_all();
        let output = if is_streamed {
            agent.resume().stream(state).concat().await.unwrap()
        } else {
            agent.resume().invoke(state).await.unwrap()
        };
        assert_eq!(output.value, Some(city("Paris", &["Seine"])));
        assert_eq!(output.agent.rounds[0].number, 1);
    }
}

#[tokio::test]
async fn a_chain_can_use_only_the_value() {
    let (agent, _) = cities(paris());
    let chain = agent.final_answer().pipe(lambda(|city: City| city.name));
    assert_eq!(chain.invoke("Go").await.unwrap(), "Paris");
    let (agent, _) = cities(paris());
    let chain = agent.final_answer().pipe(lambda(|city: City| city.name));
    assert_eq!(chain.stream("Go").concat().await.unwrap(), "Paris");
    let error = asking().final_answer().stream("Go").concat().await.unwrap_err();
    assert!(error.downcast_ref::<ApprovalRequired>().is_some(), "{error}");
}

#[tokio::test]
async fn a_refusal_is_an_error() {
    let refusal = ContentBlock::Refusal(RefusalBlock::new("I must not."));
    let refusal = AiMessage::new("").with_block(refusal).into_chunk();
    for is_streamed in [false, true] {
        let (agent, script) = cities([ScriptedReply::message_chunks([refusal.clone()])]);
        let error = if is_streamed {
            agent.stream("Go").concat().await.unwrap_err()
        } else {
            agent.invoke("Go").await.unwrap_err()
        };
        assert_eq!(error.kind(), ErrorKind::ContentFilter);
        assert_eq!(script.requests().len(), 1);
    }
}

/// A final answer that cannot be deserialized, and the message that the model reads.
const MISSPELT: &str = r#"{"nam": "Paris"}"#;
const CORRECTION: &str = "Your answer could not be parsed: cannot deserialize the model's answer as \
    `City`: missing field `name`; the JSON is `{\"nam\":\"Paris\"}`. Answer again, in the required \
    format.";

#[tokio::test]
async fn the_model_corrects_an_invalid_answer() {
    let replies = || {
        let correct = ScriptedReply::chunks([r#"{"name": "Pa"#, r#"ris"}"#]);
        [call_echo(1), MISSPELT.into(), call_echo(2), correct]
    };
    let (agent, script) = cities(replies());
    let recorder = EventRecorder::new();
    let config = RunConfig::new().listener(recorder.clone());
    let output = agent.invoke("Go").config(config).await.unwrap();
    assert_eq!(output.value, Some(city("Paris", &[])));
    assert_eq!(output.agent.rounds[1].correction, Some(human(CORRECTION)));
    assert_eq!(texts(&script.prompts()[2])[2..], [MISSPELT, CORRECTION]);
    let retries: Vec<_> = recorder.retries().iter().map(|retry| retry.run.name.clone()).collect();
    assert_eq!(retries, ["Agent"]);
    let messages = output.clone().agent.into_messages();
    assert_eq!(messages[..6], script.prompts()[3].messages[1..]);

    let (chunks, streamed) = chunks_of(&cities(replies()).0).await;
    assert_eq!(streamed, output);
    let parts = chunks.into_iter().flat_map(|chunk| chunk.agent.into_parts());
    let corrections: Vec<_> = parts
        .filter_map(|part| match part {
            AgentPart::Correction { round, message, .. } => Some((round, message)),
            _ => None,
        })
        .collect();
    assert_eq!(corrections, [(2, human(CORRECTION))]);
}

#[tokio::test]
async fn the_last_attempt_that_is_invalid_is_an_error() {
    for (agent, attempts) in [
        (cities([MISSPELT.into(), "Paris!".into()]).0, 2),
        (cities([MISSPELT.into()]).0.max_attempts(1), 1),
        (cities([MISSPELT.into()]).0.max_attempts(0), 1),
        (cities([MISSPELT.into(), "Rome".into(), "Paris!".into()]).0.max_attempts(3), 3),
    ] {
        let error = agent.stream("Go").concat().await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Parse, attempts));
        assert_eq!(error.path().collect::<Vec<_>>(), ["StructuredAgent", "Agent"]);
    }
}

#[tokio::test]
async fn corrections_count_as_rounds() {
    let script = ScriptedChatModel::new([MISSPELT]).repeat_last();
    let limited = agent(script.to_model(), []).max_rounds(2);
    let limited = limited.with_structured_output::<City>().max_attempts(9);
    let error = limited.invoke("Go").await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Parse, 2));
    assert_eq!(script.requests().len(), 2);
}

#[tokio::test]
async fn a_program_writes_its_own_correction() {
    let (agent, script) = cities([MISSPELT.into(), r#"{"name": "Paris"}"#.into()]);
    let agent = agent.correction(|error| human(format!("{:?}, again.", error.kind())));
    agent.invoke("Go").await.unwrap();
    assert_eq!(texts(&script.prompts()[1])[1], "Parse, again.");
}

#[tokio::test]
async fn attempts_before_a_pause_count() {
    let script = ScriptedChatModel::new([MISSPELT.into(), call_echo(1), "Paris!".into()]);
    let agent = agent(script.to_model(), [echo()]).require_approval(["echo"]);
    let agent = agent.with_structured_output::<City>();
    let paused = agent.invoke("Go").await.unwrap().agent.paused.unwrap();
    let stored = serde_json::to_string(&paused).unwrap();
    let mut state: AgentState = serde_json::from_str(&stored).unwrap();
    state.approve_all();
    let error = agent.resume().invoke(state).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Parse, 2));
}
