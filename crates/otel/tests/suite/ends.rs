//! Every span ends, and its status states how its run has ended.

use std::{panic::AssertUnwindSafe, time::Duration};

use futures::{FutureExt, stream};
use runnable_core::{combinators::RetryPolicy, prelude::*};
use runnable_testing::{ScriptedChatModel, ScriptedReply};
use tokio::time::sleep;

use crate::exported::{Exported, attribute};

fn waits() -> impl Runnable<Input = String, Output = String> {
    let step = async_lambda(|text: String, _| async move {
        sleep(Duration::from_secs(60)).await;
        Ok(text)
    });
    step.with_name("waits")
}

fn fails() -> impl Runnable<Input = String, Output = String> {
    let step = try_lambda(|_: String| -> Result<String> {
        Err(Error::new(ErrorKind::RateLimit, "too many requests"))
    });
    step.with_name("fails")
}

#[tokio::test]
async fn a_run_that_completes_has_no_status() {
    let exported = Exported::new();
    passthrough::<String>().invoke("a").config(exported.config()).await.unwrap();
    let span = exported.spans().remove(0);
    assert_eq!(span.error(), None);
    assert_eq!(span.get("error.type"), None);
}

#[tokio::test]
async fn an_error_is_the_status_of_each_run_that_it_passes() {
    let exported = Exported::new();
    let chain = passthrough().pipe(fails());
    chain.invoke("a").config(exported.config()).await.unwrap_err();
    for name in ["fails", "invoke_workflow RunnableSequence"] {
        let span = exported.span(name);
        assert_eq!(span.error(), Some("too many requests"), "{name}");
        assert_eq!(span.text("error.type").as_deref(), Some("rate_limit"), "{name}");
        let event = span.event("exception");
        assert_eq!(attribute(event, "exception.type").as_deref(), Some("rate_limit"));
        assert_eq!(attribute(event, "exception.message").as_deref(), Some("too many requests"));
    }
    assert_eq!(exported.span("RunnablePassthrough").error(), None);
}

#[tokio::test]
async fn a_panic_is_the_status_of_its_run() {
    let exported = Exported::new();
    let broken = lambda(|_: String| -> String { panic!("the step is broken") });
    let call = broken.with_name("broken").invoke("a").config(exported.config());
    AssertUnwindSafe(call).catch_unwind().await.unwrap_err();
    let span = exported.span("invoke_workflow broken");
    assert_eq!(span.text("error.type").as_deref(), Some("panic"));
    assert_eq!(span.error(), Some("the step panicked: the step is broken"));
}

#[tokio::test(start_paused = true)]
async fn the_spans_of_a_dropped_call_end_as_cancelled() {
    let exported = Exported::new();
    let chain = passthrough().pipe(waits());
    let call = chain.invoke("a").config(exported.config());
    tokio::time::timeout(Duration::from_secs(1), call).await.unwrap_err();
    for name in ["waits", "invoke_workflow RunnableSequence"] {
        let span = exported.span(name);
        assert_eq!(span.text("error.type").as_deref(), Some("cancelled"), "{name}");
        assert_eq!(span.text("runnable.cancel.cause").as_deref(), Some("dropped"), "{name}");
        assert_eq!(span.error(), Some("cancelled: dropped"), "{name}");
        assert_eq!(span.duration(), Duration::from_secs(1), "{name}");
    }
    assert_eq!(
        exported.names(),
        ["RunnablePassthrough", "waits", "invoke_workflow RunnableSequence"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_time_limit_of_the_call_ends_its_spans() {
    let exported = Exported::new();
    let config = exported.config().timeout(Duration::from_secs(2));
    waits().invoke("a").config(config).await.unwrap_err();
    let span = exported.span("invoke_workflow waits");
    assert_eq!(span.text("error.type").as_deref(), Some("cancelled"));
    assert_eq!(span.duration(), Duration::from_secs(2));
}

#[tokio::test]
async fn a_stream_that_is_dropped_ends_its_spans() {
    let exported = Exported::new();
    let words =
        stream_lambda(|_: String, _| stream::iter(["a", "b", "c"].map(|word| Ok(word.to_owned()))));
    let chain = words.with_name("words").pipe(map_chunks(|word: String| word));
    let mut chunks = chain.stream("").config(exported.config());
    assert_eq!(chunks.next().await.unwrap().unwrap(), "a");
    assert_eq!(exported.spans().len(), 0, "no run has ended");
    drop(chunks);
    for name in ["words", "invoke_workflow RunnableSequence"] {
        let span = exported.span(name);
        assert_eq!(span.text("error.type").as_deref(), Some("cancelled"), "{name}");
        assert_eq!(span.int("runnable.run.chunks"), Some(1), "{name}");
    }
}

#[tokio::test]
async fn a_call_that_is_never_polled_has_no_span() {
    let exported = Exported::new();
    drop(fails().invoke("a").config(exported.config()));
    drop(fails().stream("a").config(exported.config()));
    assert!(exported.spans().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_retry_is_an_event_of_the_run_that_retries() {
    let exported = Exported::new();
    let script = ScriptedChatModel::new([
        ScriptedReply::error(Error::new(ErrorKind::Unavailable, "busy")),
        ScriptedReply::complete("done"),
    ]);
    let policy = RetryPolicy::new().max_attempts(2);
    let model = script.to_model().with_retry(policy);
    model.invoke("hi").config(exported.config()).await.unwrap();
    let span = exported.span("invoke_workflow ScriptedChatModel");
    let event = span.event("runnable.retry");
    assert_eq!(attribute(event, "runnable.retry.attempt").as_deref(), Some("1"));
    assert_eq!(attribute(event, "error.type").as_deref(), Some("unavailable"));
    assert!(attribute(event, "runnable.retry.wait").unwrap().parse::<f64>().unwrap() > 0.0);
    assert_eq!(span.error(), None, "the second attempt has succeeded");

    let spans = exported.spans();
    let attempts: Vec<_> = spans
        .iter()
        .filter_map(|span| Some((span.int("runnable.run.attempt")?, span.error())))
        .collect();
    assert_eq!(attempts, [(1, Some("busy")), (2, None)]);
}

#[tokio::test]
async fn a_custom_event_is_an_event_of_its_span() {
    let exported = Exported::new();
    let step = async_lambda(|pages: u64, cx: RunContext| async move {
        cx.emit("indexed", &pages);
        Ok(pages)
    });
    let step = step.with_name("index");
    step.clone().invoke(7u64).config(exported.config()).await.unwrap();
    let span = exported.span("invoke_workflow index");
    let event = span.event("runnable.custom");
    assert_eq!(attribute(event, "runnable.custom.name").as_deref(), Some("indexed"));
    assert_eq!(attribute(event, "runnable.custom.data"), None, "content was not requested");

    let exported = Exported::new();
    step.invoke(7u64).config(exported.config_with_content()).await.unwrap();
    let span = exported.span("invoke_workflow index");
    let data = attribute(span.event("runnable.custom"), "runnable.custom.data");
    assert_eq!(data.as_deref(), Some("7"));
}
