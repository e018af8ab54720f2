//! Laws that hold for every schedule of calls.

use futures::FutureExt;
use proptest::prelude::*;
use runnable_cache::{AnswerCache, CacheExt};
use runnable_chat::{AiMessageChunk, prelude::*};
use runnable_testing::EventRecorder;

use crate::hand_driven::HandDriven;

/// What happens next in a schedule.
#[derive(Clone, Debug)]
enum Action {
    Start,
    /// Polls the call with this number once.
    Poll(usize),
    Drop(usize),
    /// The model sends a chunk.
    Send(char),
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        Just(Action::Start),
        (0..6_usize).prop_map(Action::Poll),
        (0..6_usize).prop_map(Action::Drop),
        proptest::char::range('a', 'z').prop_map(Action::Send),
    ]
}

/// A call, and the text that it has received.
type Call = (runnable_core::calls::OutputStream<AiMessage>, String);

fn poll(call: &mut Call) -> bool {
    match call.0.next().now_or_never() {
        Some(Some(chunk)) => {
            call.1.push_str(&chunk.unwrap().text());
            true
        }
        _ => false,
    }
}

proptest! {
    /// All calls receive the chunks of the newest request that was not cancelled, in order and
    /// without gaps, and every run that has started ends once.
    #[test]
    fn calls_of_any_schedule_receive_the_whole_answer(
        actions in prop::collection::vec(action(), 1..60),
    ) {
        let script = HandDriven::default();
        let model = script.to_model().with_cache(&AnswerCache::in_memory());
        let recorder = EventRecorder::new();
        let config = RunConfig::new().listener(recorder.clone());
        let mut calls: Vec<Option<Call>> = Vec::new();
        let mut sent = String::new();
        for action in actions {
            match action {
                Action::Start if calls.len() < 6 => {
                    let call = model.stream("Write.").config(config.clone());
                    calls.push(Some((call, String::new())));
                }
                Action::Start => {}
                Action::Poll(number) => {
                    let before = script.requests();
                    if let Some(Some(call)) = calls.get_mut(number) {
                        poll(call);
                    }
                    if script.requests() > before {
                        sent.clear();
                    }
                }
                Action::Drop(number) => {
                    if let Some(call) = calls.get_mut(number) {
                        *call = None;
                    }
                }
                Action::Send(letter) => {
                    let newest = script.requests().checked_sub(1);
                    if let Some(newest) = newest.filter(|newest| !script.is_cancelled(*newest)) {
                        sent.push(letter);
                        script.send_chunk(newest, AiMessageChunk::new(letter));
                    }
                }
            }
            for call in calls.iter().flatten() {
                prop_assert!(sent.starts_with(&call.1));
            }
        }
        let before = script.requests();
        for call in calls.iter_mut().flatten() {
            while poll(call) {}
        }
        if script.requests() > before {
            sent.clear();
        }
        let is_open = calls.iter().flatten().next().is_some();
        for call in calls.iter().flatten() {
            prop_assert_eq!(&call.1, &sent);
        }
        // An answer without any chunk is an error.
        let can_end = is_open && !sent.is_empty();
        if let (true, Some(newest)) = (can_end, script.requests().checked_sub(1)) {
            script.end(newest);
            for call in calls.iter_mut().flatten() {
                prop_assert!(!poll(call));
            }
        }
        drop(calls);
        let lines = recorder.lines();
        let has = |line: &&String, kind: &str| line.starts_with(&format!("on_chat_model_{kind}"));
        let starts = lines.iter().filter(|line| has(line, "start")).count();
        let chunks = lines.iter().filter(|line| has(line, "stream")).count();
        prop_assert_eq!(lines.len() - starts - chunks, starts, "{:?}", lines);
    }
}
