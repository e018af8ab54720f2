//! The order of the events of a chain.

use futures::{StreamExt, stream};
use runnable_chat::prelude::*;
use runnable_core::combinators::RetryPolicy;
use runnable_events::{StreamEvent, StreamEventsExt};
use serde_json::{Value, json};

async fn events_of<R: Runnable>(step: R, input: impl Into<R::Input>) -> Vec<StreamEvent> {
    step.stream_events(input).map(Result::unwrap).collect().await
}

/// Steps from text to text, each with an inner step `cause` that has no chunk events.
fn causes() -> Vec<(&'static str, DynRunnable<String, String>)> {
    let quoted = || lambda(|text: String| json!(text));
    let echo = || tool("cause", "", |text: Value, _| async move { Ok(text) });
    let unquoted = || {
        generator(|values: ChunkStream<Value>, _| {
            values.map(|value| Ok(serde_json::to_value(value?)?.as_str().unwrap().to_owned()))
        })
    };
    let streamed = map_chunks(|prompt: PromptValue| prompt.text().into_owned());
    let shelf =
        retriever("cause", |question: String, _| async move { Ok(vec![Document::new(question)]) });
    let first = map_chunks(|found: Vec<Document>| found[0].page_content.clone());
    let as_args = lambda(|text: String| dict! { text: text });
    vec![
        ("tool", quoted().pipe(echo()).pipe(unquoted()).into_dyn()),
        (
            "tool with a limit",
            quoted()
                .pipe(echo().with_timeout(std::time::Duration::from_secs(9)))
                .pipe(unquoted())
                .into_dyn(),
        ),
        (
            "tool that is retried",
            quoted().pipe(echo().with_retry(RetryPolicy::new())).pipe(unquoted()).into_dyn(),
        ),
        ("prompt", as_args.pipe(prompt("{text}").with_name("cause")).pipe(streamed).into_dyn()),
        ("retriever", shelf.pipe(first).into_dyn()),
    ]
}

fn is_chunk(event: &StreamEvent) -> bool {
    event.event_name().ends_with("_stream")
}

#[track_caller]
fn assert_ends_before_its_chunks(case: &str, events: &[StreamEvent]) {
    let ends = events.iter().enumerate().filter(|(_, event)| {
        event.run.name == "cause" && event.is_terminal() && event.run.kind.as_str() != "chain"
    });
    let mut end_count = 0;
    for (end, event) in ends {
        end_count += 1;
        for parent in event.run.parent_ids.iter() {
            let of_parent = |event: &StreamEvent| event.run.id == *parent;
            let chunk = events.iter().position(|event| of_parent(event) && is_chunk(event));
            let name = events.iter().find(|event| of_parent(event)).map(|event| &event.run.name);
            assert!(chunk.is_none_or(|chunk| end < chunk), "{case}: after a chunk of {name:?}");
        }
    }
    assert_eq!(end_count, 1, "{case}");
}

#[tokio::test]
async fn a_run_without_chunks_ends_before_chunks_made_from_it() {
    for (case, step) in causes() {
        let shout = || map_chunks(|text: String| text.to_uppercase());
        let chain = step.clone().pipe(shout());
        assert_ends_before_its_chunks(case, &events_of(chain, "a").await);

        let inner = step.clone().pipe(shout()).into_dyn();
        let in_branch = parallel_dict("a", inner.clone()).pipe(passthrough());
        assert_ends_before_its_chunks(case, &events_of(in_branch, "a").await);

        let deep = parallel_dict("b", parallel_dict("a", inner.clone()));
        let deep = passthrough::<String>().pipe(deep).pipe(passthrough());
        assert_ends_before_its_chunks(case, &events_of(deep, "a").await);

        let is_true = lambda(|_: String| true);
        let chosen = branch(is_true, inner.clone()).otherwise(passthrough()).pipe(shout());
        assert_ends_before_its_chunks(case, &events_of(chosen, "a").await);

        let resilient = inner.clone().with_fallback(passthrough()).with_retry(RetryPolicy::new());
        assert_ends_before_its_chunks(case, &events_of(resilient.pipe(shout()), "a").await);

        let within = generator(move |mut input: ChunkStream<String>, cx: RunContext| {
            let inner = inner.clone();
            let whole = async move { input.next().await.unwrap() };
            stream::once(whole).flat_map(move |text| inner.stream(text.unwrap()).config(&cx))
        });
        assert_ends_before_its_chunks(case, &events_of(within.pipe(shout()), "a").await);
    }
}

#[tokio::test]
async fn a_model_called_inside_a_step_ends_before_later_chunks() {
    let model = runnable_chat::ChatModel::new(crate::filters::Hello);
    let called = async_lambda(move |question: String, cx: RunContext| {
        let model = model.clone().with_name("cause");
        async move { Ok(model.invoke(question).config(&cx).await?.into_text()) }
    });
    let chain = called.pipe(map_chunks(|text: String| text)).pipe(passthrough());
    let events = events_of(chain, "hi").await;
    assert_ends_before_its_chunks("model", &events);
    let is_token = |event: &&StreamEvent| event.run.name == "cause" && is_chunk(event);
    let tokens = events.iter().filter(is_token).count();
    assert_eq!(tokens, 2, "the stream has chunk events of the model");
}
