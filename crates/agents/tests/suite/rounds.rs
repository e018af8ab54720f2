//! Rounds: what the model reads, how many rounds there are, and what can be changed per round.

use runnable_agents::prelude::*;
use runnable_chat::tool::ToolChoice;
use runnable_testing::{ScriptedChatModel, ScriptedReply};
use serde_json::json;

use crate::replies::{call_echo, echo, echoing, texts};

#[tokio::test]
async fn an_answer_without_calls_is_final() {
    let (agent, script) = echoing(["Good morning.".into()]);
    let output = agent.invoke("Hello").await.unwrap();
    assert_eq!(output.text(), "Good morning.");
    assert_eq!(output.rounds.len(), 1);
    assert_eq!(script.requests()[0].options.tools[0].name, "echo");
}

#[tokio::test]
async fn the_model_reads_its_calls_and_the_results() {
    let both = call_echo(1).and_tool_call("echo", json!({"n": 2}));
    let (agent, script) = echoing([both, call_echo(3), "Done.".into()]);
    let output = agent.invoke("Go").await.unwrap();
    assert_eq!(output.text(), "Done.");
    let last = script.prompts().pop().unwrap();
    assert_eq!(texts(&last), ["", r#"{"n":1}"#, r#"{"n":2}"#, "", r#"{"n":3}"#]);
    let messages = output.into_messages();
    assert_eq!(messages[..5], last.messages[1..]);
    assert_eq!(messages[5].text(), "Done.");
}

#[tokio::test]
async fn calls_at_the_round_limit_are_an_error() {
    let script = ScriptedChatModel::new([call_echo(1)]).repeat_last();
    let agent = agent(script.to_model(), [echo()]).max_rounds(3);
    for error in
        [agent.invoke("Go").await.unwrap_err(), agent.stream("Go").concat().await.unwrap_err()]
    {
        assert_eq!(error.kind(), ErrorKind::RecursionLimit);
        assert!(error.message().starts_with("round limit of 3 reached"), "{error}");
    }
    assert_eq!(script.requests().len(), 6);
}

#[tokio::test]
async fn the_last_round_can_answer_without_tools() {
    let script = ScriptedChatModel::from_fn(|request| match request.options.tool_choice {
        Some(ToolChoice::None) => ScriptedReply::words("I stop here."),
        _ => call_echo(1),
    });
    let agent = agent(script.to_model(), [echo()]).max_rounds(3).answer_at_round_limit();
    let output = agent.invoke("Go").await.unwrap();
    assert_eq!((&*output.text(), output.rounds.len()), ("I stop here.", 3));
    let choices: Vec<_> = script.requests().iter().map(|r| r.options.tool_choice.clone()).collect();
    assert_eq!(choices, [None, None, Some(ToolChoice::None)]);
}

#[tokio::test]
async fn a_model_that_ignores_the_limit_is_an_error() {
    let script = ScriptedChatModel::new([call_echo(1)]).repeat_last();
    let agent = agent(script.to_model(), [echo()]).max_rounds(2).answer_at_round_limit();
    let error = agent.invoke("Go").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RecursionLimit);
    assert_eq!(script.requests().len(), 2);
}

#[tokio::test]
async fn a_paused_turn_is_continued() {
    let pause = AiMessageChunk::new("One moment").with_finish_reason(FinishReason::Pause);
    let (agent, script) = echoing([ScriptedReply::message_chunks([pause]), "Here it is.".into()]);
    let output = agent.invoke("Go").await.unwrap();
    assert_eq!(output.text(), "Here it is.");
    assert_eq!(texts(&script.prompts()[1]), ["One moment"]);
}

#[tokio::test]
async fn an_invalid_call_is_explained_to_the_model() {
    let args = AiMessageChunk::from(runnable_chat::message::BlockChunk::tool_call(
        runnable_chat::message::ToolCallChunk::new("{\"n\": ").with_id("a").with_name("echo"),
    ));
    let (agent, script) = echoing([ScriptedReply::message_chunks([args]), "Sorry.".into()]);
    assert_eq!(agent.invoke("Go").await.unwrap().text(), "Sorry.");
    assert!(texts(&script.prompts()[1])[1].contains("not valid JSON"));
}

#[tokio::test]
async fn a_function_changes_the_request_of_a_round() {
    let (main, cheap) = (ScriptedChatModel::new([call_echo(1)]), ScriptedChatModel::new(["Ok."]));
    let other = cheap.to_model();
    let agent = agent(main.to_model(), [echo()]).each_round(move |round| {
        round.prompt.push(system(format!("Round {}.", round.number)));
        if round.number == 2 {
            round.model = other.clone();
            round.tools.clear();
        }
    });
    let output = agent.stream("Go").concat().await.unwrap();
    assert_eq!(output.text(), "Ok.");
    assert_eq!(texts(&main.prompts()[0]), ["Round 1."]);
    assert_eq!(texts(&cheap.prompts()[0]), ["", r#"{"n":1}"#, "Round 2."]);
    assert!(cheap.requests()[0].options.tools.is_empty());
}

#[tokio::test]
async fn a_removed_tool_cannot_be_called() {
    let (agent, script) = echoing([call_echo(1), "Sorry.".into()]);
    let agent = agent.each_round(|round| round.tools.clear());
    assert_eq!(agent.invoke("Go").await.unwrap().text(), "Sorry.");
    assert!(texts(&script.prompts()[1])[1].starts_with("unknown tool `echo`"));
}

#[tokio::test]
async fn a_compacted_history_stays_compacted() {
    let (agent, script) = echoing([call_echo(1), call_echo(2), "Done.".into()]);
    let agent = agent.compact_history(lambda(|mut prompt: PromptValue| {
        if prompt.messages.len() > 3 {
            prompt.messages.drain(1..3);
        }
        prompt
    }));
    agent.invoke("Go").await.unwrap();
    assert_eq!(texts(&script.prompts()[2]), ["", r#"{"n":2}"#]);
}

#[tokio::test]
async fn the_system_prompt_is_sent_but_not_kept() {
    let (agent, script) = echoing([call_echo(1), "Done.".into(), "Yes.".into()]);
    let agent = agent.system_prompt("Be {terse}.");
    let output = agent.invoke("Go").await.unwrap();
    assert!(output.into_messages().iter().all(|message| message.role() != "system"));
    for prompt in script.prompts() {
        assert_eq!(prompt.messages[..2], [system("Be {terse}."), human("Go")]);
    }
    let own = PromptValue::from([system("Be kind."), human("Go")]);
    agent.invoke(&own).await.unwrap();
    assert_eq!(script.prompts()[2], own);
}
