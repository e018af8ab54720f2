//! Turns that end are kept.

use runnable_chat::prelude::*;
use runnable_conversations::{ConversationExt, Conversations, TurnInput, TurnStatus};
use runnable_testing::{ScriptedChatModel, ScriptedReply};
use serde_json::json;

use crate::{by_hand::by_hand, fussy_store::FussyStore};

fn broken() -> Error {
    Error::new(ErrorKind::Connection, "the connection broke")
}

#[tokio::test]
async fn the_chain_receives_the_earlier_messages() {
    let script = ScriptedChatModel::new(["Hello.", "Fine."]);
    let chat = script.to_model().with_conversations(&Conversations::in_memory());
    chat.invoke(("a", "Hi")).await.unwrap();
    chat.stream(("a", "How are you?")).concat().await.unwrap();
    assert_eq!(script.prompts()[1].messages, [human("Hi"), ai("Hello."), human("How are you?")]);
}

#[tokio::test]
async fn conversations_with_different_keys_are_separate() {
    let script = ScriptedChatModel::new(["1", "2"]);
    let conversations = Conversations::in_memory();
    let chat = script.to_model().with_conversations(&conversations);
    chat.invoke(("a", "Hi")).await.unwrap();
    chat.invoke(("b", "Ho")).await.unwrap();
    assert_eq!(script.prompts()[1].messages, [human("Ho")]);
    assert_eq!(conversations.keys().await.unwrap(), ["a", "b"]);
}

#[tokio::test]
async fn a_failed_save_is_an_error_with_the_answer() {
    let store = FussyStore::new();
    let conversations = Conversations::new(store.clone());
    let script = ScriptedChatModel::new(["lost", "lost, too", "kept"]);
    let chat = script.to_model().with_conversations(&conversations);
    store.set_up(false);

    let error = chat.invoke(("a", "Hi")).await.unwrap_err();
    assert_eq!(error.message(), "the disk is full");
    assert_eq!(error.partial::<AiMessageChunk>().unwrap().text(), "lost");

    let mut chunks = chat.stream(("a", "Hi"));
    let mut last = None;
    while let Some(chunk) = chunks.next().await {
        last = Some(chunk);
    }
    assert_eq!(last.unwrap().unwrap_err().message(), "the disk is full");

    store.set_up(true);
    chat.invoke(("a", "Hi")).await.unwrap();
    let conversation = conversations.load("a").await.unwrap();
    assert_eq!(conversation.messages("main"), [human("Hi"), ai("kept")]);
}

#[tokio::test]
async fn a_failed_turn_keeps_the_answer_so_far() {
    let conversations = Conversations::in_memory();
    let script = ScriptedChatModel::new([
        ScriptedReply::chunks(["The sky ", "is "]).error_after(2, broken()),
        "Blue.".into(),
    ]);
    let chat = script.to_model().with_conversations(&conversations);
    assert!(chat.stream(("a", "Why?")).concat().await.is_err());
    let conversation = conversations.load("a").await.unwrap();
    let turn = conversation.branch("main")[0];
    assert_eq!((turn.status, turn.answer[0].text().as_ref()), (TurnStatus::Failed, "The sky is "));

    chat.invoke(("a", "Go on.")).await.unwrap();
    assert_eq!(script.prompts()[1].messages, [human("Why?"), ai("The sky is "), human("Go on.")]);
}

#[tokio::test]
async fn an_invoked_chain_that_fails_keeps_its_partial_answer() {
    let conversations = Conversations::in_memory();
    let reply = ScriptedReply::chunks(["one "]).error_after(1, broken());
    let chat = ScriptedChatModel::new([reply]).to_model().with_conversations(&conversations);
    assert!(chat.invoke(("a", "Count.")).await.is_err());
    let conversation = conversations.load("a").await.unwrap();
    assert_eq!(conversation.messages("main"), [human("Count."), ai("one ")]);
}

#[tokio::test]
async fn a_question_without_an_answer_is_not_sent_again() {
    let conversations = Conversations::in_memory();
    let script = ScriptedChatModel::new([ScriptedReply::error(broken()), "Hello.".into()]);
    let chat = script
        .to_model()
        .with_conversations(&conversations)
        .with_retry(RetryPolicy::new().without_backoff());
    chat.invoke(("a", "Hi")).await.unwrap();
    assert_eq!(script.prompts()[1].messages, [human("Hi")]);
    let conversation = conversations.load("a").await.unwrap();
    let statuses: Vec<_> = conversation.turns().map(|turn| turn.status).collect();
    assert_eq!(statuses, [TurnStatus::Failed, TurnStatus::Complete]);
}

#[tokio::test]
async fn a_tool_call_that_was_cut_off_is_not_sent_again() {
    let conversations = Conversations::in_memory();
    let (chain, answers, prompts) = by_hand(2);
    let chat = chain.with_conversations_by(&conversations, |answer| {
        let call = ToolCall::new("call_1", "clock", json!({}));
        let mut message = answer.clone();
        message.content.push(call.into());
        vec![message.into()]
    });
    let mut first = chat.stream(("a", "How late is it?"));
    answers[0].send("Let me see.");
    assert!(first.next().await.is_some());
    drop(first);
    assert_eq!(
        conversations.load("a").await.unwrap().branch("main")[0].answer[0].content().len(),
        2
    );

    let mut second = chat.stream(("a", "Well?"));
    answers[1].send("Noon.");
    assert!(second.next().await.is_some());
    let expected = [human("How late is it?"), ai("Let me see."), human("Well?")];
    assert_eq!(prompts.lock().unwrap()[1].messages, expected);
}

#[tokio::test]
async fn a_turn_without_messages_is_rejected() {
    let script = ScriptedChatModel::new(["never"]);
    let chat = script.to_model().with_conversations(&Conversations::in_memory());
    let error = chat.invoke(TurnInput::new("a", Vec::<Message>::new())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(script.prompts().is_empty());
}

#[tokio::test]
async fn a_deleted_conversation_starts_anew() {
    let script = ScriptedChatModel::new(["1", "2"]);
    let conversations = Conversations::in_memory();
    let chat = script.to_model().with_conversations(&conversations);
    chat.invoke(("a", "Hi")).await.unwrap();
    conversations.delete("a").await.unwrap();
    assert!(conversations.keys().await.unwrap().is_empty());
    chat.invoke(("a", "Ho")).await.unwrap();
    assert_eq!(script.prompts()[1].messages, [human("Ho")]);
}
