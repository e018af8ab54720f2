//! Dicts: computed in parallel, extended and picked, and steps that are chosen by name.

use std::sync::Arc;

use futures::{FutureExt, channel::mpsc, executor::block_on};
use runnable_core::prelude::*;
use serde_json::json;

use crate::{
    recorder::Recorder,
    words::{Words, chunks_now, shout},
};

fn length() -> impl Runnable<Input = Dict, Output = usize> {
    lambda(|values: Dict| values.get("text").and_then(|text| text.as_str()).map_or(0, str::len))
}

fn tags_of(recorder: &Recorder) -> Vec<String> {
    let line = |run: &Arc<runnable_core::Run>| format!("{} {}", run.name, run.tags.join(" "));
    recorder.starts().iter().map(line).collect()
}

#[test]
fn parallel_dict_returns_outputs_under_their_names() {
    let chain = parallel_dict("words", Words).with("length", lambda(|text: String| text.len()));
    let whole = block_on(chain.invoke("a b")).unwrap();
    assert_eq!(whole, dict! { words: "a b", length: 3 });
    let chunks = chunks_now::<Dict>(chain.stream("a b"));
    let mut news: Vec<_> =
        chunks.iter().map(|chunk| serde_json::to_value(chunk).unwrap().to_string()).collect();
    news.sort();
    assert_eq!(news, [r#"{"length":3}"#, r#"{"words":"a "}"#, r#"{"words":"b"}"#]);
}

#[test]
fn a_step_replaces_a_step_of_the_same_name() {
    let chain = parallel_dict("a", Words).with("b", Words).with("a", shout());
    assert_eq!(block_on(chain.invoke("x")).unwrap(), dict! { a: "X", b: "x" });
}

#[test]
fn assign_passes_its_input_on_and_adds_values_when_ready() {
    let chain = assign("length", length());
    let chunks = chunks_now::<Dict>(chain.stream(dict! { text: "four", length: "old" }));
    let chunks: Vec<_> = chunks.iter().map(|chunk| serde_json::to_value(chunk).unwrap()).collect();
    assert_eq!(chunks, [json!({"text": "four"}), json!({"length": 4})]);

    let (input, values) = mpsc::unbounded();
    let mut output = chain.transform(values);
    input.unbounded_send(Ok(dict! { text: "four" }.into_chunk())).unwrap();
    let first = output.next().now_or_never().flatten().unwrap().unwrap();
    assert_eq!(serde_json::to_value(first).unwrap(), json!({"text": "four"}));
    assert!(output.next().now_or_never().is_none(), "the length needs the complete input");
}

#[test]
fn assigned_steps_run_in_a_parallel_inside_the_assign() {
    let recorder = Recorder::default();
    let config = RunConfig::new().listener(recorder.clone());
    let chain = assign("length", length()).with("copy", passthrough());
    block_on(chain.invoke(dict! { text: "four" }).config(config)).unwrap();
    assert_eq!(
        tags_of(&recorder),
        [
            "RunnableAssign<length,copy> ",
            "RunnableParallel<length,copy> ",
            "RunnableLambda map:key:length",
            "RunnablePassthrough map:key:copy",
        ]
    );
}

#[test]
fn a_picked_text_is_streamed() {
    let chain = parallel_dict("a", Words).with("b", shout()).pipe(pick("a"));
    let chunks = chunks_now::<serde_json::Value>(chain.stream("one two"));
    let texts: Vec<_> =
        chunks.iter().map(|chunk| chunk.downcast_ref::<String>().unwrap()).collect();
    assert_eq!(texts, ["one ", "two"]);
    assert_eq!(block_on(chain.invoke("one two")).unwrap(), "one two");
}

#[test]
fn a_missing_name_is_null_or_left_out() {
    assert_eq!(block_on(pick("x").invoke(dict! { a: 1 })).unwrap(), json!(null));
    assert_eq!(block_on(pick("x").stream(dict! { a: 1 }).concat()).unwrap(), json!(null));
    let some = pick_many(["a", "x"]);
    assert_eq!(block_on(some.invoke(dict! { a: 1, b: 2 })).unwrap(), dict! { a: 1 });
}

#[test]
fn a_value_that_cannot_be_json_is_an_error() {
    let odd = lambda(|_: String| vec![std::collections::BTreeMap::from([((1, 2), 3)])]);
    let error = block_on(parallel_dict("odd", odd).invoke("x")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[test]
fn a_router_calls_the_step_of_the_name_in_its_place() {
    let recorder = Recorder::default();
    let chain = lambda(|text: String| ("loud".to_owned(), text))
        .pipe(router("loud", shout()).with("plain", Words))
        .pipe(passthrough());
    let config = RunConfig::new().listener(recorder.clone());
    assert_eq!(block_on(chain.stream("a").config(config).concat()).unwrap(), "A");
    assert_eq!(
        tags_of(&recorder),
        [
            "RunnableSequence ",
            "RunnableLambda seq:step:1",
            "RunnableGenerator seq:step:2",
            "RunnablePassthrough seq:step:3"
        ]
    );
}

#[test]
fn a_router_streams_and_runs_batches() {
    let routes = router("loud", shout()).with("plain", Words);
    let plain = ("plain".to_owned(), "a b".to_owned());
    assert_eq!(chunks_now::<String>(routes.stream(plain)), ["a ", "b"]);
    let batch = [("loud".to_owned(), "a".to_owned()), ("plain".to_owned(), "b".to_owned())];
    let results = block_on(routes.batch(batch));
    assert_eq!(results.into_iter().map(Result::unwrap).collect::<Vec<_>>(), ["A", "b"]);
}

#[test]
fn the_error_of_an_unknown_route_lists_known_routes() {
    let routes = router("loud", shout()).with("plain", Words);
    let error = block_on(routes.invoke(("quiet".to_owned(), "a".to_owned()))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(error.message(), "unknown route `quiet`: expected one of `loud`, `plain`");
}

#[test]
fn a_transparent_step_that_gathers_does_not_delay_its_parent() {
    let recorder = Recorder::default();
    let (input, pairs) = mpsc::unbounded();
    let chain = passthrough().pipe(router("loud", shout())).with_name("chain");
    let mut call = chain.transform(pairs).config(RunConfig::new().listener(recorder.clone()));
    let pair = ("loud".to_owned(), "a".to_owned());
    input.unbounded_send(Ok(pair.into_chunk())).unwrap();
    assert!(call.next().now_or_never().is_none());
    assert_eq!(tags_of(&recorder), ["chain ", "RunnablePassthrough seq:step:1"]);
    drop(input);
    assert_eq!(call.next().now_or_never().flatten().unwrap().unwrap(), "A");
}

#[test]
fn values_keep_the_order_in_which_they_are_named() {
    let values = dict! { z: 1, a: json!({"y": 1, "b": 2}), m: 3 }.with("a2", 4);
    assert_eq!(values.to_string(), r#"{"z":1,"a":{"y":1,"b":2},"m":3,"a2":4}"#);
    let read = Dict::from_json(&values.to_string()).unwrap();
    assert_eq!(read.names().collect::<Vec<_>>(), ["z", "a", "m", "a2"]);
    let replaced = values.clone().merge(dict! { b: 5, z: 6 });
    assert_eq!(replaced.names().collect::<Vec<_>>(), ["z", "a", "m", "a2", "b"]);
    let again = Dict::from_chunk(values.clone().into_chunk()).unwrap();
    assert_eq!(again.to_string(), values.to_string());
}

#[test]
fn values_of_parallel_dict_have_the_order_of_its_steps() {
    // The first step is the last to yield.
    let chain = parallel_dict("z", shout()).with("b", Words).with("a", Words);
    let named = |values: Dict| values.names().map(str::to_owned).collect::<Vec<_>>();
    for values in [
        block_on(chain.invoke("x y")).unwrap(),
        block_on(chain.stream("x y").concat()).unwrap(),
        block_on(
            chain.transform(futures::stream::iter([Ok("x ".to_owned()), Ok("y".into())])).concat(),
        )
        .unwrap(),
        block_on(chain.batch(["x y"])).remove(0).unwrap(),
    ] {
        assert_eq!(named(values), ["z", "b", "a"]);
    }
    let added = assign("text", shout_text()).with("new", length());
    let given = || dict! { n: 1, text: "four", m: 2 };
    for values in [
        block_on(added.invoke(given())).unwrap(),
        block_on(added.stream(given()).concat()).unwrap(),
    ] {
        assert_eq!(named(values), ["n", "text", "m", "new"]);
    }
}

fn shout_text() -> impl Runnable<Input = Dict, Output = String> {
    lambda(|values: Dict| values["text"].as_str().unwrap_or_default().to_uppercase())
}

#[tokio::test]
async fn a_step_under_a_taken_name_replaces_the_step_there() {
    let map = parallel_dict("a", Words).with("b", Words).with("a", shout());
    let output = map.invoke("x").await.unwrap();
    assert_eq!(output, dict! { a: "X", b: "x" });
    assert_eq!(output.names().collect::<Vec<_>>(), ["a", "b"], "it keeps its place");

    let routes = router("a", Words).with("b", Words).with("a", shout());
    assert_eq!(routes.invoke(("a".to_owned(), "x".to_owned())).await.unwrap(), "X");
    let error = routes.invoke(("c".to_owned(), "x".to_owned())).await.unwrap_err();
    assert!(error.message().contains("`a`, `b`"), "{error}");

    let alternatives =
        Words.configurable_alternatives("key", "a").with("b", Words).with("a", shout());
    assert_eq!(alternatives.invoke("x").await.unwrap(), "X");
}
