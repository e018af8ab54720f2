//! The recorder.

use futures::FutureExt;
use runnable_core::prelude::*;
use runnable_events::EventData;
use runnable_testing::{Answer, Recorder, ScriptedText};

#[tokio::test]
async fn events_are_kept_in_their_order() {
    let recorder = Recorder::new();
    let shout = map_chunks(|text: String| text.to_uppercase()).with_name("shout");
    let chain = ScriptedText::new(["a b"]).to_model().pipe(shout);
    chain.stream("?").config(Config::new().listener(recorder.clone())).gather().await.unwrap();
    assert_eq!(
        recorder.script(),
        [
            "on_chain_start RunnableSequence",
            "on_llm_start ScriptedText",
            "on_llm_stream ScriptedText",
            "on_chain_start shout",
            "on_chain_stream shout",
            "on_chain_stream RunnableSequence",
            "on_llm_stream ScriptedText",
            "on_chain_stream shout",
            "on_chain_stream RunnableSequence",
            "on_llm_stream ScriptedText",
            "on_chain_stream shout",
            "on_chain_stream RunnableSequence",
            "on_llm_end ScriptedText",
            "on_chain_end shout",
            "on_chain_end RunnableSequence",
        ]
    );
    let shouted = recorder.of("shout");
    assert_eq!(shouted.len(), 5);
    let EventData::Chunk { chunk, .. } = &shouted[1].data else { panic!() };
    assert_eq!(chunk, "A");
    assert!(recorder.of("nobody").is_empty());
    assert_eq!(recorder.events().len(), 15);
}

#[tokio::test(start_paused = true)]
async fn what_is_dropped_is_recorded_as_cancelled() {
    let recorder = Recorder::new();
    let slow = ScriptedText::new([Answer::words("a b").delay(std::time::Duration::from_secs(1))])
        .to_model();
    let mut call = slow.stream("?").config(Config::new().listener(recorder.clone()));
    assert!(call.next().now_or_never().is_none());
    drop(call);
    assert_eq!(recorder.script(), ["on_llm_start ScriptedText", "on_llm_cancelled ScriptedText"]);
}
