//! Resources of a call, and configurable keys that only a function reads.

use std::sync::Arc;

use runnable_core::prelude::*;

use crate::{
    recorder::Recorder,
    words::{Words, shout},
};

/// A value whose `Debug` output can be recognised.
#[derive(Debug)]
struct Secret(&'static str);

fn reads() -> impl Runnable<Input = String, Output = String> {
    async_lambda(|text: String, cx: RunContext| async move {
        let secret = cx.resource::<Secret>()?;
        Ok(format!("{text} {}", secret.0))
    })
}

#[tokio::test]
async fn a_resource_reaches_every_step_of_a_call() {
    let config = || RunConfig::new().resource(Secret("s")).resource(Arc::new(7u8));
    assert_eq!(shout().pipe(reads()).invoke("a").config(config()).await.unwrap(), "A s");
    let nested = async_lambda(capture(reads(), |reads, text: String, cx: RunContext| async move {
        assert_eq!(**cx.resource::<Arc<u8>>()?, 7);
        reads.invoke(text).config(&cx).await
    }));
    assert_eq!(nested.stream("a").config(config()).concat().await.unwrap(), "a s");
    let items = nested.each().invoke(vec!["a".to_owned()]).config(config()).await.unwrap();
    assert_eq!(items, ["a s"]);
    let results = reads().batch(["a", "b"]).config(config()).await;
    assert_eq!(results[1].as_deref().unwrap(), "b s");
}

#[tokio::test]
async fn the_error_of_a_missing_resource_says_how_to_add_it() {
    let error = reads().invoke("a").config(RunConfig::new().resource("other")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let (name, advice) =
        ("resources::Secret", "add it to the call with `RunConfig::new().resource(…)`");
    assert!(error.message().starts_with("missing resource `"), "{error}");
    assert!(error.message().contains(name) && error.message().ends_with(advice), "{error}");
}

#[tokio::test]
async fn a_resource_of_the_call_replaces_one_of_with_config() {
    let bound = reads().with_config(RunConfig::new().resource(Secret("step")));
    assert_eq!(bound.invoke("a").await.unwrap(), "a step");
    let call = RunConfig::new().resource(Secret("call"));
    assert_eq!(bound.invoke("a").config(call.clone()).await.unwrap(), "a call");
    let inner = async_lambda(capture(reads(), |reads, text: String, cx: RunContext| async move {
        reads.invoke(text).config(RunConfig::from(&cx).resource(Secret("inner"))).await
    }));
    assert_eq!(inner.invoke("a").config(call).await.unwrap(), "a inner");
}

#[tokio::test]
async fn a_resource_is_never_displayed() {
    let recorder = Recorder::default();
    let config = RunConfig::new().resource(Secret("hidden")).listener(recorder.clone());
    assert!(!format!("{config:?}").contains("hidden"));
    let shows = async_lambda(|_: String, cx: RunContext| async move { Ok(format!("{cx:?}")) });
    let shown = Words.pipe(shows).invoke("a").config(config).await.unwrap();
    assert!(shown.contains("inherited") && !shown.contains("hidden"), "{shown}");
    assert!(!format!("{:?}", recorder.events()).contains("hidden"));
}

#[tokio::test]
async fn a_key_that_only_a_function_reads_can_be_declared() {
    let user = async_lambda(|text: String, cx: RunContext| async move {
        let user = cx.configurable("user_id").cloned().unwrap_or_default();
        let role = cx.configurable("role").cloned().unwrap_or_default();
        Ok(format!("{text} {user} {role}"))
    });
    let set = || RunConfig::new().configurable("user_id", 7);
    let refused = user.invoke("a").config(set()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);

    let declared = user.declares("user_id").declares("role");
    assert_eq!(declared.invoke("a").await.unwrap(), "a null null");
    let chain = Words.pipe(declared.clone());
    assert_eq!(chain.invoke("a").config(set()).await.unwrap(), "a 7 null");
    let streamed = chain.stream("a").config(set().configurable("role", "x")).concat().await;
    assert_eq!(streamed.unwrap(), "a 7 \"x\"");
    assert!(chain.graph().configurable_keys().into_iter().eq(["role", "user_id"]));
    let picture = "RunnableLambda\n└─ user_id,role ┄ RunnableLambda\n";
    assert_eq!(declared.graph().to_string(), picture);
}
