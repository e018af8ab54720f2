//! Random conversations with tool calls, for property tests.

use proptest::{collection::vec, prelude::*};
use runnable_chat::{
    AiMessage, Message, ToolCall, ToolMessage, ai, human, message::InvalidToolCall, system,
};
use serde_json::json;

/// A part of a conversation, which is valid at any place.
#[derive(Clone, Debug)]
enum Part {
    System(String),
    Human(String),
    Ai(String),
    /// An answer with tool calls, and how many human messages come before their results.
    Calls {
        text: String,
        calls: u8,
        invalid: bool,
        between: u8,
        ids: Ids,
    },
}

/// Which IDs the tool calls have.
#[derive(Clone, Copy, Debug)]
enum Ids {
    Unique,
    /// The IDs begin again in each message.
    Reused,
    Missing,
}

fn part() -> impl Strategy<Value = Part> {
    let text = "[a-z ]{1,40}";
    let ids = prop_oneof![Just(Ids::Unique), Just(Ids::Reused), Just(Ids::Missing)];
    prop_oneof![
        1 => text.prop_map(Part::System),
        3 => text.prop_map(Part::Human),
        3 => text.prop_map(Part::Ai),
        4 => (text, 1u8..4, any::<bool>(), 0u8..2, ids).prop_map(
            |(text, calls, invalid, between, ids)| {
                // Results without an ID must directly follow their calls.
                let between = if matches!(ids, Ids::Missing) { 0 } else { between };
                Part::Calls { text, calls, invalid, between, ids }
            },
        ),
    ]
}

/// Returns conversations in which every tool call has a result, and every result has a call.
pub(crate) fn conversation() -> impl Strategy<Value = Vec<Message>> {
    vec(part(), 0..16).prop_map(|parts| {
        let mut messages = Vec::new();
        for (number, part) in parts.into_iter().enumerate() {
            match part {
                Part::System(text) => messages.push(system(text)),
                Part::Human(text) => messages.push(human(text)),
                Part::Ai(text) => messages.push(ai(text)),
                Part::Calls { text, calls, invalid, between, ids } => {
                    let id = |call: u8| match ids {
                        Ids::Unique => format!("{number}-{call}"),
                        Ids::Reused => format!("call_{call}"),
                        Ids::Missing => String::new(),
                    };
                    let mut answer = AiMessage::new(text);
                    for call in 0..calls {
                        let mut block = ToolCall::new(id(call), "tool", json!({}));
                        block.id = block.id.filter(|id| !id.is_empty());
                        answer = if invalid && call == 0 {
                            let mut broken = InvalidToolCall::new("cut");
                            broken.id = block.id;
                            answer.with_block(runnable_chat::ContentBlock::InvalidToolCall(broken))
                        } else {
                            answer.with_block(block)
                        };
                    }
                    messages.push(answer.into());
                    messages.extend((0..between).map(|_| human("meanwhile")));
                    messages
                        .extend((0..calls).map(|call| ToolMessage::new(id(call), "result").into()));
                }
            }
        }
        messages
    })
}

/// Returns what is wrong with the pairs of tool calls and results, if anything is.
pub(crate) fn broken_pair(messages: &[Message]) -> Option<String> {
    let mut open: Vec<Option<String>> = Vec::new();
    for message in messages {
        match message {
            Message::Ai(answer) => {
                let calls = answer.tool_calls().map(|call| call.id.clone());
                let invalid = answer.invalid_tool_calls().map(|call| call.id.clone());
                open.extend(calls.chain(invalid));
            }
            Message::Tool(result) => {
                let id = Some(result.tool_call_id.clone()).filter(|id| !id.is_empty());
                let Some(at) = open.iter().rposition(|call| *call == id) else {
                    return Some(format!("the result {id:?} has no call"));
                };
                open.remove(at);
            }
            _ => {}
        }
    }
    open.first().map(|call| format!("the call {call:?} has no result"))
}

#[test]
fn a_call_without_its_result_is_broken() {
    let call = AiMessage::new("").with_block(ToolCall::new("1", "tool", json!({})));
    let result: Message = ToolMessage::new("1", "result").into();
    assert_eq!(broken_pair(&[call.clone().into(), result.clone()]), None);
    assert!(broken_pair(&[call.into()]).is_some());
    assert!(broken_pair(&[result]).is_some());
}
