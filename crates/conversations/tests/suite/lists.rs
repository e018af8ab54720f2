//! Functions on lists of messages.

use proptest::prelude::*;
use runnable_chat::prelude::*;
use runnable_conversations::{
    Turn, TurnId, TurnStatus, filter_messages, merge_message_runs, without_tool_calls,
};
use serde_json::json;

use crate::random_messages::{broken_pair, conversation};

proptest! {
    #[test]
    fn random_filters_keep_pairs(messages in conversation(), keep in any::<u64>()) {
        let mut index = 0;
        let kept = filter_messages(messages, |_| {
            index += 1;
            keep >> (index % 64) & 1 == 1
        });
        prop_assert_eq!(broken_pair(&kept), None);
    }

    #[test]
    fn an_answer_that_was_cut_anywhere_has_no_broken_pairs(
        messages in conversation(), end in any::<prop::sample::Index>(),
    ) {
        let cut = &messages[..end.index(messages.len() + 1)];
        let turn = Turn::new(TurnId::new(1), None, ["Hi"])
            .with_answer(cut.to_vec(), TurnStatus::Cancelled);
        prop_assert_eq!(broken_pair(&turn.messages()), None);
    }

    #[test]
    fn messages_without_tool_calls_have_no_pairs(messages in conversation()) {
        let plain = without_tool_calls(messages.clone());
        prop_assert!(plain.iter().all(|message| !matches!(message, Message::Tool(_))));
        prop_assert_eq!(broken_pair(&plain), None);
        let texts = |messages: &[Message]| -> String {
            let spoken = messages.iter().filter(|message| !matches!(message, Message::Tool(_)));
            spoken.map(|message| message.text().into_owned()).collect()
        };
        prop_assert_eq!(texts(&plain), texts(&messages));
    }

    #[test]
    fn merged_runs_alternate_and_keep_all_words(messages in conversation()) {
        let merged = merge_message_runs(messages.clone());
        for pair in merged.windows(2) {
            prop_assert!(pair[0].role() != pair[1].role() || pair[0].role() == "tool");
        }
        prop_assert_eq!(merge_message_runs(merged.clone()), merged.clone());
        let words = |messages: &[Message]| -> Vec<String> {
            let texts: Vec<_> = messages.iter().map(|message| message.text().into_owned()).collect();
            texts.join("\n").split_whitespace().map(str::to_owned).collect()
        };
        prop_assert_eq!(words(&merged), words(&messages));
    }
}

#[test]
fn a_rejected_result_removes_its_call() {
    let call = AiMessage::new("").with_block(ToolCall::new("1", "tool", json!({})));
    let messages = vec![human("1"), call.into(), ToolMessage::new("1", "r").into(), ai("2")];
    let kept = filter_messages(messages, |message| !matches!(message, Message::Tool(_)));
    assert_eq!(kept, [human("1"), ai("2")]);
}

#[test]
fn speakers_with_different_names_are_not_merged() {
    let named = |name: &str| Message::from(HumanMessage::new("Hi").with_name(name));
    let messages = vec![named("Ada"), named("Grace")];
    assert_eq!(merge_message_runs(messages.clone()), messages);
}

#[test]
fn merged_answers_add_their_usage() {
    let answer = |tokens| {
        let mut answer = AiMessage::new("Hi");
        answer.usage = Some(Usage::new(0, tokens));
        Message::from(answer)
    };
    let merged = merge_message_runs(vec![answer(1), answer(2)]);
    let [Message::Ai(merged)] = &merged[..] else { panic!("{merged:?}") };
    assert_eq!((merged.text().as_ref(), merged.usage), ("Hi\nHi", Some(Usage::new(0, 3))));
}

#[test]
fn an_image_between_texts_is_kept() {
    let image = ContentBlock::Image(Media::from_url("https://example.com/a.png"));
    let first = HumanMessage::new("Look:").with_block(image.clone());
    let merged = merge_message_runs(vec![first.into(), human("What is it?")]);
    assert_eq!(
        merged[0].content(),
        [ContentBlock::text("Look:"), image, ContentBlock::text("What is it?")]
    );
}
