//! Calls that are dropped: the answer is kept as far as it arrived.

use futures::{FutureExt, StreamExt};
use runnable_chat::prelude::*;
use runnable_conversations::{ConversationExt, Conversations, TurnStatus};
use runnable_core::CancellationToken;
use tokio::sync::Semaphore;

use crate::{
    by_hand::{by_hand, poll_text},
    fussy_store::FussyStore,
};

#[tokio::test]
async fn a_dropped_stream_keeps_the_chunks_that_arrived() {
    let conversations = Conversations::in_memory();
    let (chain, answers, _) = by_hand(1);
    let chat = chain.with_conversations(&conversations);
    let mut chunks = chat.stream(("a", "Why?"));
    assert_eq!(poll_text(&mut chunks), None);
    answers[0].send("Because ");
    assert_eq!(poll_text(&mut chunks), Some(Some("Because ".into())));
    answers[0].send("of");
    assert_eq!(poll_text(&mut chunks), Some(Some("of".into())));
    assert!(!answers[0].is_dropped());
    drop(chunks);

    assert!(answers[0].is_dropped(), "dropping the call cancels the chain");
    let conversation = conversations.load("a").await.unwrap();
    let turn = conversation.branch("main")[0];
    assert_eq!(turn.status, TurnStatus::Cancelled);
    assert_eq!(turn.answer, [ai("Because of")]);
}

#[tokio::test]
async fn a_dropped_invoke_keeps_the_question() {
    let conversations = Conversations::in_memory();
    let (chain, _answers, _) = by_hand(1);
    let mut call = Box::pin(chain.with_conversations(&conversations).invoke(("a", "Why?")));
    assert!((&mut call).now_or_never().is_none());
    drop(call);
    let conversation = conversations.load("a").await.unwrap();
    let turn = conversation.branch("main")[0];
    assert_eq!((turn.status, &turn.input), (TurnStatus::Cancelled, &vec![human("Why?")]));
    assert!(conversation.messages("main").is_empty());
}

#[tokio::test]
async fn a_call_that_was_never_polled_keeps_nothing() {
    let conversations = Conversations::in_memory();
    let (chain, _answers, _) = by_hand(1);
    drop(chain.with_conversations(&conversations).stream(("a", "Why?")));
    assert!(conversations.keys().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_cancelled_turn_is_marked_as_cancelled() {
    let conversations = Conversations::in_memory();
    let (chain, answers, _) = by_hand(1);
    let token = CancellationToken::new();
    let config = RunConfig::new().cancellation_token(token.clone());
    let mut chunks = chain.with_conversations(&conversations).stream(("a", "Why?")).config(config);
    answers[0].send("Because");
    assert_eq!(poll_text(&mut chunks), Some(Some("Because".into())));
    token.cancel();
    let error = chunks.next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    let conversation = conversations.load("a").await.unwrap();
    let turn = conversation.branch("main")[0];
    assert_eq!((turn.status, &turn.answer), (TurnStatus::Cancelled, &vec![ai("Because")]));
}

#[tokio::test]
async fn a_panicking_chain_keeps_the_chunks_that_arrived() {
    let conversations = Conversations::in_memory();
    let panics = stream_lambda(|_: PromptValue, _| {
        futures::stream::iter([1, 2]).map(|n| match n {
            1 => Ok(AiMessageChunk::new("so far")),
            _ => panic!("a bug"),
        })
    });
    let chat = panics.with_conversations(&conversations);
    let call = std::panic::AssertUnwindSafe(chat.stream(("a", "Why?")).concat());
    assert!(call.catch_unwind().await.is_err());
    assert_eq!(conversations.load("a").await.unwrap().branch("main")[0].answer, [ai("so far")]);
}

#[tokio::test]
async fn a_store_that_has_to_await_saves_the_turn_before_the_next() {
    let store = FussyStore::new();
    let conversations = Conversations::new(store.clone());
    let (chain, answers, prompts) = by_hand(2);
    let chat = chain.with_conversations(&conversations);
    let mut first = chat.stream(("a", "1"));
    answers[0].send("one");
    assert_eq!(poll_text(&mut first), Some(Some("one".into())));
    drop(first);
    assert!(conversations.load("a").await.unwrap().is_empty());

    let mut second = chat.stream(("a", "2"));
    answers[1].send("two");
    assert_eq!(poll_text(&mut second), Some(Some("two".into())));
    assert_eq!(prompts.lock().unwrap()[1].messages, [human("1"), ai("one"), human("2")]);
}

#[tokio::test]
async fn flush_saves_the_turns_of_dropped_calls() {
    let store = FussyStore::new();
    let conversations = Conversations::new(store.clone());
    let (chain, answers, _) = by_hand(1);
    let mut first = chain.with_conversations(&conversations).stream(("a", "1"));
    answers[0].send("one");
    assert_eq!(poll_text(&mut first), Some(Some("one".into())));
    drop(first);

    store.set_up(false);
    assert_eq!(conversations.flush().await.unwrap_err().message(), "the disk is full");
    store.set_up(true);
    conversations.flush().await.unwrap();
    let saved = conversations.load("a").await.unwrap();
    assert_eq!(saved.messages("main"), [human("1"), ai("one")]);
    conversations.flush().await.unwrap();
    assert_eq!(conversations.load("a").await.unwrap(), saved);
}

#[tokio::test]
async fn a_call_that_is_dropped_during_its_save_is_saved_once() {
    let mut store = FussyStore::new();
    store.permits = Semaphore::new(0).into();
    let conversations = Conversations::new(store.clone());
    let (chain, mut answers, _) = by_hand(1);
    let mut chunks = chain.with_conversations(&conversations).stream(("a", "1"));
    answers[0].send("one");
    answers.clear();
    assert_eq!(poll_text(&mut chunks), Some(Some("one".into())));
    assert_eq!(poll_text(&mut chunks), None, "the save waits for the store");
    drop(chunks);

    store.permits.add_permits(10);
    conversations.flush().await.unwrap();
    let conversation = conversations.load("a").await.unwrap();
    let turns: Vec<_> = conversation.turns().collect();
    assert_eq!(turns.len(), 1);
    assert_eq!((turns[0].status, &turns[0].answer), (TurnStatus::Complete, &vec![ai("one")]));
}
