//! Defects of events.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use futures::{StreamExt, stream};
use runnable_chat::prelude::*;
use runnable_events::StreamEventsExt;
use runnable_testing::{ScriptedChatModel, ScriptedReply, ScriptedTextModel};
use serde_json::{Value, json};

use crate::parts::{all, assert_each_run_ends_once, data_of, prompt_values, recorded};

/// Defect 4: a filter overwrites the input of the first remaining event with the input of the call.
/// If that is a custom event, the user's data is changed, or the stream fails.
#[tokio::test]
async fn a_filter_does_not_change_the_remaining_events() {
    let work = async_lambda(|values: Dict, cx: RunContext| async move {
        cx.emit("note", &json!({ "done": 1 }));
        cx.emit("note", &"not an object");
        Ok(values)
    });
    let call = || {
        let model = ScriptedChatModel::new(["Hello you"]).to_model().with_name("llm");
        let chain = work.clone().with_name("work").pipe(prompt("{text}")).pipe(model);
        chain.pipe(text().with_name("parse")).stream_events(prompt_values("hi"))
    };
    let every = all(call()).await;
    for name in ["work", "ChatPromptTemplate", "llm", "parse", "RunnableSequence"] {
        let some = all(call().include_names([name])).await;
        assert!(some.len() >= 2 && some.iter().all(|event| event.run.name == name));
        assert_eq!(data_of(&some, name), data_of(&every, name));
    }
    let start = json!({ "input": { "messages": [[{ "type": "human", "content": "hi" }]] } });
    assert_eq!(data_of(&every, "llm")[0], ("on_chat_model_start".into(), start));
    assert_eq!(data_of(&every, "work")[2].1, "not an object");
}

/// Defect 6: an input that is false in Python is reported as `{}`, and the input `{"input": ""}` is
/// reported as missing.
#[tokio::test]
async fn an_empty_input_is_reported_unchanged() {
    async fn start<T: Chunked>(input: T) -> Value {
        let step = lambda(|_: T| 1u64).with_name("step");
        data_of(&all(step.stream_events(input)).await, "step").remove(0).1
    }
    assert_eq!(start(0u64).await, json!({ "input": 0 }));
    assert_eq!(start(false).await, json!({ "input": false }));
    assert_eq!(start(String::new()).await, json!({ "input": "" }));
    assert_eq!(start(Vec::<u64>::new()).await, json!({ "input": [] }));
    assert_eq!(start(dict! { input: "" }).await, json!({ "input": { "input": "" } }));

    // If a step starts before its input is complete, the end event has the input.
    let nothing = generator(|_: ChunkStream<u64>, _| stream::iter([Ok(String::new())]));
    let pass = map_chunks(|text: String| text).with_name("pass");
    let events = all(nothing.pipe(pass).stream_events(0u64)).await;
    let end = data_of(&events, "pass").pop().unwrap();
    assert_eq!(end, ("on_chain_end".into(), json!({ "input": "", "output": "" })));
}

/// Defect 7: a chain, a model, a prompt or a retriever that fails has no error event.
#[tokio::test]
async fn a_failed_step_and_its_parents_have_error_events() {
    let broken = || Error::new(ErrorKind::Connection, "the line is dead");
    let breaks = |chunks| {
        let answer = ScriptedReply::words("Hello you").error_after(chunks, broken());
        prompt("{text}").pipe(ScriptedChatModel::new([answer]).to_model()).pipe(text()).into_dyn()
    };
    let template =
        prompt("{missing}").pipe(ScriptedChatModel::new(["never"]).to_model()).pipe(text());
    let writer = ScriptedTextModel::new([ScriptedReply::error(broken())]).to_model();
    let question = || lambda(|_: Dict| "hi".to_owned());
    let legacy = question().pipe(writer);
    let shelf = retriever("Shelf", move |_, _| async move { Err::<Vec<Document>, _>(broken()) });
    let search =
        question().pipe(shelf).pipe(lambda(|pages: Vec<Document>| pages.len().to_string()));
    let clock = tool("clock", "", move |(): (), _| async move { Err::<String, _>(broken()) });
    let time = lambda(|_: Dict| json!({})).pipe(clock).pipe(lambda(|time: Value| time.to_string()));
    let cases = [
        (
            breaks(0),
            vec!["on_chat_model_error ScriptedChatModel", "on_chain_error RunnableSequence"],
        ),
        (
            breaks(2),
            vec![
                "on_chat_model_error ScriptedChatModel",
                "on_parser_error StrOutputParser",
                "on_chain_error RunnableSequence",
            ],
        ),
        (
            template.into_dyn(),
            vec!["on_prompt_error ChatPromptTemplate", "on_chain_error RunnableSequence"],
        ),
        (
            legacy.into_dyn(),
            vec!["on_llm_error ScriptedTextModel", "on_chain_error RunnableSequence"],
        ),
        (search.into_dyn(), vec!["on_retriever_error Shelf", "on_chain_error RunnableSequence"]),
        (time.into_dyn(), vec!["on_tool_error clock", "on_chain_error RunnableSequence"]),
    ];
    for (chain, expected) in cases {
        let (config, recorder) = recorded();
        chain.stream(prompt_values("hi")).config(config).concat().await.unwrap_err();
        let failed: Vec<_> =
            recorder.lines().into_iter().filter(|line| line.contains("_error ")).collect();
        assert_eq!(failed, expected);
        assert_each_run_ends_once(&recorder.events());
    }
}

/// Defect 8: events are queued without a bound, so that a model runs ahead of a slow reader to its
/// end.
#[tokio::test]
async fn a_model_does_not_run_ahead_of_the_event_reader() {
    let chunk_count = Arc::new(AtomicUsize::new(0));
    let count = map_chunks({
        let chunk_count = Arc::clone(&chunk_count);
        move |text: String| {
            chunk_count.fetch_add(1, Ordering::Relaxed);
            text
        }
    });
    let answer = ScriptedReply::chunks(vec!["word "; 2000]);
    // Without backpressure, the last step would consume all chunks in one poll.
    let chain = ScriptedChatModel::new([answer]).to_model().pipe(text()).pipe(count);
    let mut events = chain.pipe(lambda(|text: String| text.len())).stream_events("hi");
    for _ in 0..10 {
        events.next().await.unwrap().unwrap();
    }
    assert!(chunk_count.load(Ordering::Relaxed) < 100);
    let rest: Vec<_> = events.map(Result::unwrap).collect().await;
    assert_eq!(rest.last().unwrap().to_langchain_v2()["data"]["output"], 10_000);
    assert_eq!(chunk_count.load(Ordering::Relaxed), 2000, "no chunk is lost");
}
