//! Results of calls without events.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use futures::{StreamExt, TryStreamExt, stream};
use runnable_chat::prelude::*;
use runnable_core::combinators::RetryPolicy;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::{
    golden,
    parts::{add_one, cats, chunk_model, double, greeting, model, value_error},
};

/// A step that refuses even numbers.
async fn odd(n: i64, _: RunContext) -> Result<i64> {
    if n % 2 == 0 { Err(value_error(format!("even: {n}"))) } else { Ok(n) }
}

/// Returns the chunks of a call as JSON.
async fn chunks<C: Chunk>(call: impl stream::Stream<Item = Result<C>>) -> Value {
    let json = |chunk: C| serde_json::to_value(chunk).unwrap();
    call.map_ok(json).try_collect::<Vec<_>>().await.unwrap().into()
}

#[tokio::test]
async fn invoke_sequence() {
    let text = lambda(|n: i64| n.to_string()).with_name("text");
    let chain = async_lambda(add_one).pipe(async_lambda(double)).pipe(text);
    assert_eq!(golden("invoke_sequence").field("output"), &chain.invoke(4).await.unwrap());
}

#[tokio::test]
async fn invoke_parallel_assign_pick() {
    let number = |values: &Dict, name| values.get(name).and_then(Value::as_i64).unwrap();
    let mul = lambda(move |values: Dict| number(&values, "a") * number(&values, "b"));
    let chain = parallel_dict("a", async_lambda(add_one))
        .with("b", async_lambda(double))
        .pipe(assign("c", mul.with_name("mul")))
        .pipe(pick_many(["a", "c"]));
    let output = serde_json::to_value(chain.invoke(3).await.unwrap()).unwrap();
    assert_eq!(golden("invoke_parallel_assign_pick").field("output"), &output);
}

#[tokio::test]
async fn stream_prompt_model_parser() {
    let chain = greeting().pipe(model("Hello brave new world")).pipe(text());
    let golden = golden("stream_prompt_model_parser");
    assert_eq!(golden.field("chunks"), &chunks(chain.stream(cats())).await);
}

/// The branches run in parallel, so only the order of chunks with the same key is compared.
#[tokio::test]
async fn stream_parallel_keys() {
    let chain = parallel_dict("a", model("x y").pipe(text()))
        .with("b", lambda(|_: PromptValue| 1i64).with_name("const"));
    let ours = chunks(chain.stream("hi")).await;
    let under = |chunks: &Value, key: &str| {
        let chunks = chunks.as_array().unwrap().iter();
        chunks.filter_map(|chunk| chunk.get(key).cloned()).collect::<Vec<_>>()
    };
    let golden = golden("stream_parallel_keys");
    let golden = golden.field("chunks");
    assert_eq!(golden.as_array().unwrap().len(), ours.as_array().unwrap().len());
    for key in ["a", "b"] {
        assert_eq!(under(golden, key), under(&ours, key));
    }
}

#[tokio::test]
async fn stream_assign() {
    let length = |values: Dict| values.get("text").and_then(Value::as_str).map(str::len);
    let chain = assign("n", lambda(length).with_name("len"));
    let ours = chunks(chain.stream(dict! { text: "four" })).await;
    assert_eq!(golden("stream_assign").field("chunks"), &ours);
}

#[tokio::test]
async fn stream_json_parser() {
    let pieces = ["{\"items\": [", "{\"id\": 1", "}, {\"id\": 2", "}]", "}"];
    let ours = chunks(chunk_model(pieces).pipe(json_value()).stream("hi")).await;
    assert_eq!(golden("stream_json_parser").field("chunks"), &ours);
}

#[tokio::test]
async fn transform_str_parser() {
    let pieces = stream::iter(["a", "b"].map(|piece| Ok(AiMessageChunk::new(piece))));
    let ours = chunks(text().transform(pieces)).await;
    assert_eq!(golden("transform_str_parser").field("chunks"), &ours);
}

#[tokio::test(start_paused = true)]
async fn batch_ordered() {
    let slow_first = async_lambda(|n: i64, _| async move {
        sleep(Duration::from_millis(if n == 1 { 50 } else { 0 })).await;
        Ok(n * 10)
    });
    let results = slow_first.batch([1, 2, 3]).max_concurrency(2).await;
    let ours: Vec<i64> = results.into_iter().map(Result::unwrap).collect();
    assert_eq!(golden("batch_ordered").field("output"), &json!(ours));
}

/// A batch always returns one `Result` per input. LangChain does so with `return_exceptions=True`.
#[tokio::test]
async fn batch_return_exceptions() {
    let results = async_lambda(odd).pipe(async_lambda(add_one)).batch([1, 2, 3]).await;
    let ours = results.into_iter().map(|result| match result {
        Ok(output) => json!(output),
        Err(error) => json!({ "error": "ValueError", "message": error.message() }),
    });
    assert_eq!(golden("batch_return_exceptions").field("output"), &ours.collect::<Value>());
}

#[tokio::test]
async fn batch_raises_first() {
    let results = async_lambda(odd).batch([1, 2, 3]).await;
    let error = results.into_iter().collect::<Result<Vec<_>>>().unwrap_err();
    assert_eq!(golden("batch_raises_first").raised(), Some(&*error.message()));
}

#[tokio::test(start_paused = true)]
async fn batch_as_completed_order() {
    let later = async_lambda(|n: i64, _| async move {
        sleep(Duration::from_millis(50 * n.unsigned_abs())).await;
        Ok(n)
    });
    let results: Vec<_> = later.batch_as_completed([3, 1, 2]).collect().await;
    let ours: Vec<_> = results.into_iter().map(|(index, n)| (index, n.unwrap())).collect();
    assert_eq!(golden("batch_as_completed_order").field("completed"), &json!(ours));
}

#[tokio::test]
async fn invoke_fallbacks_exception_key() {
    let broken = try_lambda(|_: Dict| Err::<String, _>(value_error("broken"))).with_name("broken");
    let explain = lambda(|values: Dict| {
        let value = |name| values.get(name).and_then(Value::as_str).unwrap().to_owned();
        format!("{}: {}", value("text"), value("error"))
    });
    let with_error = |values: Dict, error: &Error| values.with("error", error.message());
    let chain = broken.with_fallback_input(explain.with_name("explain"), with_error);
    let output = chain.invoke(dict! { text: "why" }).await.unwrap();
    assert_eq!(golden("invoke_fallbacks_exception_key").field("output"), &output);
}

#[tokio::test]
async fn invoke_retry_gives_up() {
    let count = Arc::new(AtomicU32::new(0));
    let never = try_lambda(move |_: i64| {
        let attempt = count.fetch_add(1, Ordering::Relaxed) + 1;
        Err::<i64, _>(value_error(format!("attempt {attempt}")))
    });
    let policy = RetryPolicy::new().max_attempts(3).without_backoff().when(|_| true);
    let error = never.with_name("never").with_retry(policy).invoke(1).await.unwrap_err();
    assert_eq!(golden("invoke_retry_gives_up").raised(), Some(&*error.message()));
}
