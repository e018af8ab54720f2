//! The event recorder.

use futures::FutureExt;
use runnable_core::prelude::*;
use runnable_events::EventData;
use runnable_testing::{EventRecorder, ScriptedReply, ScriptedTextModel};

#[tokio::test]
async fn events_are_recorded_in_order() {
    let recorder = EventRecorder::new();
    let shout = map_chunks(|text: String| text.to_uppercase()).with_name("shout");
    let chain = ScriptedTextModel::new(["a b"]).to_model().pipe(shout);
    chain.stream("?").config(RunConfig::new().listener(recorder.clone())).concat().await.unwrap();
    assert_eq!(
        recorder.lines(),
        [
            "on_chain_start RunnableSequence",
            "on_llm_start ScriptedTextModel",
            "on_llm_stream ScriptedTextModel",
            "on_chain_start shout",
            "on_chain_stream shout",
            "on_chain_stream RunnableSequence",
            "on_llm_stream ScriptedTextModel",
            "on_chain_stream shout",
            "on_chain_stream RunnableSequence",
            "on_llm_stream ScriptedTextModel",
            "on_chain_stream shout",
            "on_chain_stream RunnableSequence",
            "on_llm_end ScriptedTextModel",
            "on_chain_end shout",
            "on_chain_end RunnableSequence",
        ]
    );
    let events = recorder.events_of("shout");
    assert_eq!(events.len(), 5);
    let EventData::Chunk { chunk, .. } = &events[1].data else { panic!() };
    assert_eq!(chunk, "A");
    assert!(recorder.events_of("unknown").is_empty());
    assert_eq!(recorder.events().len(), 15);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_is_recorded_as_cancelled() {
    let recorder = EventRecorder::new();
    let slow = ScriptedTextModel::new([
        ScriptedReply::words("a b").delay(std::time::Duration::from_secs(1))
    ])
    .to_model();
    let mut call = slow.stream("?").config(RunConfig::new().listener(recorder.clone()));
    assert!(call.next().now_or_never().is_none());
    drop(call);
    assert_eq!(
        recorder.lines(),
        ["on_llm_start ScriptedTextModel", "on_llm_cancelled ScriptedTextModel"]
    );
}
