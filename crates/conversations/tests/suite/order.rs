//! The turns of a conversation come one after the other.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::FutureExt;
use runnable_chat::prelude::*;
use runnable_conversations::{ConversationExt, Conversations};
use runnable_core::{Listener, RunEvent, RunEventData};
use runnable_testing::ScriptedChatModel;

use crate::by_hand::{by_hand, poll_text};

#[tokio::test]
async fn turns_of_one_conversation_never_overlap() {
    let conversations = Conversations::in_memory();
    let (chain, mut answers, prompts) = by_hand(2);
    let chat = chain.with_conversations(&conversations);
    let (mut first, mut second) = (chat.stream(("a", "1")), chat.stream(("a", "2")));
    assert_eq!(poll_text(&mut first), None);
    assert_eq!(poll_text(&mut second), None);
    answers[0].send("one");
    answers[1].send("two");
    assert_eq!(poll_text(&mut second), None, "the first turn is open");
    assert_eq!(prompts.lock().unwrap().len(), 1);

    drop(answers.remove(0));
    assert_eq!(poll_text(&mut first), Some(Some("one".into())));
    assert_eq!(poll_text(&mut first), Some(None));
    assert_eq!(poll_text(&mut second), Some(Some("two".into())));
    assert_eq!(prompts.lock().unwrap()[1].messages, [human("1"), ai("one"), human("2")]);
}

#[tokio::test]
async fn turns_of_different_conversations_overlap() {
    let (chain, answers, _) = by_hand(2);
    let chat = chain.with_conversations(&Conversations::in_memory());
    let (mut first, mut second) = (chat.stream(("a", "1")), chat.stream(("b", "2")));
    assert_eq!(poll_text(&mut first), None);
    answers[1].send("two");
    assert_eq!(poll_text(&mut second), Some(Some("two".into())));
}

#[tokio::test]
async fn turns_wait_in_the_order_of_their_calls() {
    let (chain, _answers, prompts) = by_hand(4);
    let chat = chain.with_conversations(&Conversations::in_memory());
    let mut calls: Vec<_> =
        ["1", "2", "3", "4"].map(|text| chat.stream(("a", text))).into_iter().collect();
    for call in &mut calls {
        assert_eq!(poll_text(call), None);
    }
    // A waiting call can be dropped. The others keep their order.
    drop(calls.remove(1));
    for _ in 0..3 {
        calls.iter_mut().rev().for_each(|call| assert_eq!(poll_text(call), None));
        drop(calls.remove(0));
    }
    let last = |prompt: &PromptValue| prompt.messages.last().unwrap().text().into_owned();
    let order: Vec<_> = prompts.lock().unwrap().iter().map(last).collect();
    assert_eq!(order, ["1", "3", "4"]);
}

#[tokio::test]
async fn a_call_that_is_dropped_while_it_waits_keeps_nothing() {
    let conversations = Conversations::in_memory();
    let (chain, answers, _) = by_hand(1);
    let chat = chain.with_conversations(&conversations);
    let mut first = chat.stream(("a", "1"));
    answers[0].send("one");
    assert_eq!(poll_text(&mut first), Some(Some("one".into())));
    let mut second = chat.stream(("a", "2"));
    assert_eq!(poll_text(&mut second), None);
    drop((second, first));
    assert_eq!(conversations.load("a").await.unwrap().turns().count(), 1);
}

#[tokio::test]
async fn two_chains_share_the_order_of_a_conversation() {
    let conversations = Conversations::in_memory();
    let (one, _answers, _) = by_hand(1);
    let (two, _more, prompts) = by_hand(1);
    let mut first = one.with_conversations(&conversations).stream(("a", "1"));
    let mut second = two.with_conversations(&conversations).stream(("a", "2"));
    assert_eq!(poll_text(&mut first), None);
    assert_eq!(poll_text(&mut second), None);
    assert!(prompts.lock().unwrap().is_empty());
    drop(first);
    assert_eq!(poll_text(&mut second), None);
    assert_eq!(prompts.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_turn_that_uses_its_own_conversation_fails() {
    let conversations = Conversations::in_memory();
    let inner = ScriptedChatModel::new(["never"]).to_model().with_conversations(&conversations);
    let outer = async_lambda(capture(inner, |inner, _: PromptValue, cx| async move {
        inner.invoke(("a", "again")).config(&cx).await
    }));
    let error = outer.with_conversations(&conversations).invoke(("a", "Hi")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.message().contains("`a` is used by a turn that waits for this call"), "{error}");
}

#[tokio::test]
async fn a_turn_can_use_another_conversation() {
    let conversations = Conversations::in_memory();
    let inner = ScriptedChatModel::new(["inside"]).to_model().with_conversations(&conversations);
    let outer = async_lambda(capture(inner, |inner, _: PromptValue, cx| async move {
        inner.invoke(("b", "Hi")).config(&cx).await
    }));
    let chat = outer.with_conversations(&conversations);
    assert_eq!(chat.invoke(("a", "Hi")).await.unwrap().text(), "inside");
    assert_eq!(conversations.keys().await.unwrap(), ["a", "b"]);
}

#[tokio::test]
async fn two_turns_that_would_wait_for_each_other_fail() {
    let conversations = Conversations::in_memory();
    let (chain, answers, _) = by_hand(2);
    let inner = ScriptedChatModel::new(["done"]).to_model().with_conversations(&conversations);
    // Each turn waits for the test, and then uses the conversation of the other turn.
    let outer = async_lambda(capture(
        (chain, inner),
        |(chain, inner), prompt: PromptValue, cx: RunContext| async move {
            let other = prompt.text().into_owned();
            chain.invoke(prompt).config(&cx).await?;
            inner.invoke((other, "Hi")).config(&cx).await
        },
    ));
    let chat = outer.with_conversations(&conversations);
    let mut a = Box::pin(chat.invoke(("a", "b")));
    let mut b = Box::pin(chat.invoke(("b", "a")));
    assert!((&mut a).now_or_never().is_none());
    assert!((&mut b).now_or_never().is_none());
    answers.iter().for_each(|answer| answer.send("go"));
    drop(answers);
    assert!((&mut a).now_or_never().is_none(), "it waits for `b`");
    let error = (&mut b).now_or_never().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(a.await.unwrap().text(), "done");
}

#[derive(Clone, Default)]
struct Waits(Arc<Mutex<Vec<(&'static str, Duration)>>>);

impl Listener for Waits {
    fn on_event(&self, event: &RunEvent<'_>) {
        if let RunEventData::Wait { reason, wait, .. } = &event.data {
            self.0.lock().unwrap().push((reason.as_str(), *wait));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_is_an_event() {
    let (chain, _answers, _) = by_hand(2);
    let chat = chain.with_conversations(&Conversations::in_memory());
    let waits = Waits::default();
    let mut first = chat.stream(("a", "1"));
    let config = RunConfig::new().listener(waits.clone());
    let mut second = chat.stream(("a", "2")).config(config);
    assert_eq!(poll_text(&mut first), None);
    assert_eq!(poll_text(&mut second), None);
    tokio::time::advance(Duration::from_secs(5)).await;
    drop(first);
    assert_eq!(poll_text(&mut second), None);
    assert_eq!(*waits.0.lock().unwrap(), [("conversation", Duration::from_secs(5))]);
}

#[tokio::test]
async fn a_waiting_turn_does_not_use_the_concurrency_limit() {
    let conversations = Conversations::in_memory();
    let (chain, answers, _) = by_hand(3);
    let chat = chain.with_conversations(&conversations);
    let mut batch =
        chat.batch_as_completed([("a", "1"), ("a", "2"), ("b", "3")]).max_concurrency(2);
    assert!(batch.next().now_or_never().is_none());
    answers.iter().for_each(|answer| answer.send("done"));
    drop(answers);
    let mut order = Vec::new();
    while let Some((index, result)) = batch.next().await {
        result.unwrap();
        order.push(index);
    }
    order.sort_unstable();
    assert_eq!(order, [0, 1, 2]);
}

#[tokio::test]
async fn a_conversation_is_deleted_after_its_open_turn() {
    let conversations = Conversations::in_memory();
    let (chain, mut answers, _) = by_hand(1);
    let mut first = chain.with_conversations(&conversations).stream(("a", "1"));
    assert_eq!(poll_text(&mut first), None);
    let mut delete = Box::pin(conversations.delete("a"));
    assert!((&mut delete).now_or_never().is_none());
    answers[0].send("one");
    answers.clear();
    assert_eq!(poll_text(&mut first), Some(Some("one".into())));
    assert_eq!(poll_text(&mut first), Some(None));
    delete.await.unwrap();
    assert!(conversations.load("a").await.unwrap().is_empty());
}
