//! Trimming keeps the newest messages that fit, and never separates a tool call from its result.

use proptest::prelude::*;
use runnable_chat::prelude::*;
use runnable_conversations::{TokenEstimate, TrimMessages, count_tokens};
use runnable_testing::EventRecorder;
use serde_json::json;

use crate::random_messages::{broken_pair, conversation};

fn call(id: &str) -> Message {
    AiMessage::new("").with_block(ToolCall::new(id, "tool", json!({}))).into()
}

fn result(id: &str) -> Message {
    ToolMessage::new(id, "result").into()
}

fn kept(trim: &TrimMessages, messages: &[Message]) -> Vec<Message> {
    trim.split(Vec::from(messages)).unwrap().kept
}

proptest! {
    #[test]
    fn random_trims_by_messages_keep_pairs_and_the_limit(
        messages in conversation(), limit in 0usize..20, system in any::<bool>(),
    ) {
        let trim = TrimMessages::to_messages(limit);
        let trim = if system { trim } else { trim.without_system() };
        prop_assert_eq!(broken_pair(&messages), None);
        if let Ok(trimmed) = trim.split(messages.clone()) {
            prop_assert!(trimmed.kept.len() <= limit);
            prop_assert_eq!(broken_pair(&trimmed.kept), None);
            prop_assert_eq!(broken_pair(&trimmed.removed), None);
            prop_assert_eq!(trimmed.kept.last(), messages.last());
            prop_assert_eq!(trimmed.kept.len() + trimmed.removed.len(), messages.len());
        } else {
            prop_assert!(messages.len() > limit);
        }
    }

    #[test]
    fn random_trims_by_tokens_keep_pairs_and_the_limit(
        messages in conversation(), limit in 0u64..200,
    ) {
        let whole = count_tokens(&messages, &TokenEstimate).tokens;
        match TrimMessages::to_tokens(limit).split(messages.clone()) {
            Ok(trimmed) => {
                prop_assert!(count_tokens(&trimmed.kept, &TokenEstimate).tokens <= limit);
                prop_assert_eq!(broken_pair(&trimmed.kept), None);
                let is_human = |message: &&Message| matches!(message, Message::Human(_));
                let newest = messages.iter().rev().find(is_human);
                prop_assert_eq!(trimmed.kept.iter().rev().find(is_human), newest);
            }
            Err(error) => {
                prop_assert_eq!(error.kind(), ErrorKind::ContextLength);
                prop_assert!(whole > limit);
            }
        }
    }
}

proptest! {
    #[test]
    fn random_trims_of_the_newest_messages_keep_pairs_and_a_prefix(
        messages in conversation(), limit in 0usize..20, system in any::<bool>(),
    ) {
        let trim = TrimMessages::to_messages(limit).keep_oldest();
        let trim = if system { trim } else { trim.without_system() };
        match trim.split(messages.clone()) {
            Ok(trimmed) => {
                prop_assert!(trimmed.kept.len() <= limit);
                prop_assert_eq!(broken_pair(&trimmed.kept), None);
                prop_assert_eq!(broken_pair(&trimmed.removed), None);
                prop_assert_eq!(trimmed.kept.is_empty(), messages.is_empty());
                prop_assert_eq!([trimmed.kept, trimmed.removed].concat(), messages);
            }
            Err(error) => {
                prop_assert_eq!(error.kind(), ErrorKind::ContextLength);
                prop_assert!(messages.len() > limit);
            }
        }
    }
}

#[test]
fn the_oldest_messages_can_be_kept() {
    let messages = [system("s"), human("1"), ai("2"), human("3"), call("a"), result("a")];
    let oldest = |limit| TrimMessages::to_messages(limit).keep_oldest();
    assert_eq!(kept(&oldest(2), &messages), messages[..2]);
    assert_eq!(kept(&oldest(4), &messages), messages[..4]);
    // A tool call is removed with its result, although it would fit alone.
    assert_eq!(kept(&oldest(5), &messages), messages[..4]);
    assert_eq!(kept(&oldest(6), &messages), messages);
    let error = oldest(1).split(Vec::from(messages.clone())).unwrap_err();
    assert!(error.message().contains("oldest message have 2 messages"), "{error}");
    assert_eq!(kept(&oldest(1).without_system(), &messages), messages[..1]);
}

#[test]
fn a_short_conversation_is_not_changed() {
    let messages = [system("s"), human("1"), call("a"), result("a"), ai("2")];
    assert_eq!(kept(&TrimMessages::to_messages(5), &messages), messages);
}

#[test]
fn a_tool_call_is_removed_with_its_results() {
    let messages = [human("1"), call("a"), result("a"), human("2"), ai("3")];
    assert_eq!(kept(&TrimMessages::to_messages(4), &messages), [human("2"), ai("3")]);
}

#[test]
fn the_question_of_a_long_tool_loop_is_kept() {
    let messages = [human("1"), call("a"), result("a"), call("b"), result("b")];
    let expected = [human("1"), call("b"), result("b")];
    assert_eq!(kept(&TrimMessages::to_messages(3), &messages), expected);
}

#[test]
fn the_first_message_is_not_an_answer_without_its_question() {
    let messages = [human("1"), ai("2"), human("3"), ai("4"), human("5")];
    let expected = [human("3"), ai("4"), human("5")];
    assert_eq!(kept(&TrimMessages::to_messages(4), &messages), expected);
}

#[test]
fn system_messages_can_be_removed() {
    let messages = [system("s"), human("1"), ai("2"), human("3")];
    let trim = TrimMessages::to_messages(2);
    assert_eq!(kept(&trim, &messages), [system("s"), human("3")]);
    assert_eq!(kept(&trim.without_system(), &messages), [human("3")]);
}

#[test]
fn a_message_that_exceeds_the_limit_is_an_error() {
    let error = TrimMessages::to_tokens(10).split(vec![human("a".repeat(80))]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ContextLength);
    assert!(error.message().contains("to 10 tokens"), "{error}");
    assert!(error.message().contains("have 24 tokens"), "{error}");
}

#[tokio::test]
async fn a_trim_is_a_step_that_reports_what_it_removes() {
    let recorder = EventRecorder::new();
    let trim = TrimMessages::to_messages(1);
    let config = RunConfig::new().listener(recorder.clone());
    let prompt = trim.invoke([human("1"), ai("2"), human("3")]).config(config).await.unwrap();
    assert_eq!(prompt.messages, [human("3")]);
    assert_eq!(recorder.lines()[0], "on_chain_start trim_messages");
}
