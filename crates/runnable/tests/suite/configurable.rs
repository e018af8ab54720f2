//! Models that each call can replace.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use runnable::Runnable as _;
use runnable::{ConfigurableModel, prelude::*};
use runnable_testing::{EventRecorder, ScriptedChatModel};
use serde_json::{Value, json};

/// A model whose answer is always this text.
fn saying(text: &str) -> ScriptedChatModel {
    ScriptedChatModel::new([text]).with_run_name(format!("Says{text}")).repeat_last()
}

/// Creates a model that can be replaced by a model of any name except `nobody`, and counts the
/// created models.
fn model(default: &ScriptedChatModel) -> (ConfigurableModel, Arc<AtomicUsize>) {
    let opened = Arc::new(AtomicUsize::new(0));
    let count = opened.clone();
    let model = ConfigurableModel::new(default.to_model(), move |name| {
        count.fetch_add(1, Ordering::Relaxed);
        match name {
            "nobody" => Err(Error::new(ErrorKind::InvalidInput, "there is no model `nobody`")),
            name => Ok(saying(name).to_model()),
        }
    });
    (model, opened)
}

fn set(key: &str, value: impl Into<Value>) -> RunConfig {
    RunConfig::new().configurable(key, value)
}

#[tokio::test]
async fn a_call_selects_the_model_in_each_verb_and_in_a_chain() {
    let chain = prompt("Say {what}.").pipe(model(&saying("default")).0).pipe(text());
    let input = || dict! { what: "something" };
    assert_eq!(chain.invoke(input()).await.unwrap(), "default");
    assert_eq!(chain.invoke(input()).config(set("model", "other")).await.unwrap(), "other");
    let streamed = chain.stream(input()).config(set("model", "third")).concat();
    assert_eq!(streamed.await.unwrap(), "third");
}

#[tokio::test]
async fn only_the_selected_model_has_a_run() {
    let recorder = EventRecorder::new();
    let config = set("model", "Other").listener(recorder.clone());
    model(&saying("default")).0.invoke("Hi").config(config).await.unwrap();
    let script = recorder.lines();
    assert_eq!(script.first().unwrap(), "on_chat_model_start SaysOther");
    assert_eq!(script.last().unwrap(), "on_chat_model_end SaysOther");
    let runs = script.iter().filter(|event| event.contains("_start")).count();
    assert_eq!(runs, 1);
}

#[tokio::test]
async fn a_call_sets_options_of_the_selected_model() {
    let default = saying("default");
    let (model, _) = model(&default);
    let config = set("temperature", 0.25).configurable("max_tokens", 7);
    model.invoke("Hi").config(config).await.unwrap();
    model.invoke("Hi").await.unwrap();
    let requests = default.requests();
    assert_eq!(requests[0].options.temperature, Some(0.25));
    assert_eq!(requests[0].options.max_tokens, Some(7));
    assert_eq!(requests[1].options.temperature, None, "the option applies only to that call");
}

#[tokio::test]
async fn a_value_of_a_wrong_type_is_refused_with_its_key() {
    let (model, opened) = model(&saying("default"));
    for (key, value, wanted) in [
        ("model", json!(4), "a model name such as `provider:model`"),
        ("model", json!(null), "a model name such as `provider:model`"),
        ("temperature", json!("warm"), "a number"),
        ("max_tokens", json!(0.5), "a whole number"),
        ("max_tokens", json!(-1), "a whole number"),
    ] {
        let config = || set(key, value.clone());
        for refused in [
            model.invoke("Hi").config(config()).await,
            model.stream("Hi").config(config()).concat().await,
        ] {
            let error = refused.expect_err("that is no such value");
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
            assert!(error.message().contains(&format!("`{key}`")), "{error}");
            assert!(error.message().contains(wanted), "{error}");
        }
    }
    assert_eq!(opened.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn invalid_options_and_unknown_keys_are_refused() {
    let (model, _) = model(&saying("default"));
    for (key, value) in
        [("temperature", json!(-1)), ("max_tokens", json!(0)), ("modle", json!("a"))]
    {
        let error = model.invoke("Hi").config(set(key, value)).await.expect_err("it is refused");
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        assert!(error.message().contains(key), "{error}");
    }
}

#[tokio::test]
async fn a_failure_to_create_a_model_fails_only_that_call() {
    let (model, opened) = model(&saying("default"));
    for attempt in 1..3 {
        let error = model.invoke("Hi").config(set("model", "nobody")).await.expect_err("nobody");
        assert_eq!(error.message(), "there is no model `nobody`");
        assert_eq!(opened.load(Ordering::Relaxed), attempt);
    }
    assert_eq!(model.invoke("Hi").await.unwrap().text(), "default");
}

#[tokio::test]
async fn models_are_created_once_and_sixteen_are_kept() {
    let (model, opened) = model(&saying("default"));
    let ask = async |name: &str| {
        let answer = model.clone().invoke("Hi").config(set("model", name)).await.unwrap();
        assert_eq!(answer.text(), name);
        opened.load(Ordering::Relaxed)
    };
    assert_eq!(ask("first").await, 1);
    assert_eq!(ask("first").await, 1);
    for other in 0..15 {
        ask(&format!("other{other}")).await;
    }
    assert_eq!(ask("first").await, 16, "the model is still kept");
    assert_eq!(ask("another").await, 17);
    assert_eq!(ask("first").await, 17, "the model was used last");
    assert_eq!(ask("other0").await, 18, "the model was dropped");
}

#[tokio::test]
async fn the_default_and_selected_names_follow_the_same_rules() {
    let error = configurable_model("opanai:gpt-4o-mini").expect_err("there is no such provider");
    assert!(error.message().contains("`opanai`"), "{error}");
}

#[tokio::test]
#[cfg(feature = "local")]
async fn the_error_of_a_missing_file_belongs_to_its_call() {
    let model = configurable_model("local:no/such-default.gguf").expect("nothing is read yet");
    let failure = async |config| model.invoke("Hi").config(config).await.expect_err("no file");
    for (config, file) in [
        (RunConfig::new(), "no/such-default.gguf"),
        (set("model", "local:no/such-other.gguf"), "no/such-other.gguf"),
    ] {
        let error = failure(config).await;
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
        assert!(error.message().contains(file), "{error}");
    }
    let error = failure(set("model", "opanai:gpt")).await;
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
}

#[tokio::test]
#[cfg(feature = "openai")]
async fn calls_select_between_two_services() {
    use runnable::openai::openai_compatible;
    use runnable_testing::server::{FakeServer, Reply};

    let serve = async |text: &str| {
        let message = json!({"role": "assistant", "content": text});
        let choice = json!({"index": 0, "message": message, "finish_reason": "stop"});
        FakeServer::script([Reply::json(200, &json!({"choices": [choice]}))]).await.unwrap()
    };
    let (here, there) = (serve("here").await, serve("there").await);
    let at = |server: &FakeServer| {
        let builder = openai_compatible("m").provider("mine").base_url(server.url());
        builder.env(|_| None).http(|client| client.no_proxy()).build().unwrap()
    };
    let elsewhere = at(&there);
    let model = ConfigurableModel::new(at(&here), move |_| Ok(elsewhere.clone()));
    assert_eq!(model.invoke("Hi").await.unwrap().text(), "here");
    for _ in 0..3 {
        let answer = model.invoke("Hi").config(set("model", "there")).await.unwrap();
        assert_eq!(answer.text(), "there");
    }
    assert_eq!((here.requests().len(), there.requests().len()), (1, 3));
    assert_eq!(there.accepted_connections(), 1, "calls share a connection");
}

#[test]
fn debug_and_info_are_those_of_the_default_model() {
    let (model, _) = model(&saying("default"));
    assert_eq!(model.info().name(), "Saysdefault");
    assert!(format!("{model:?}").contains("ConfigurableModel"));
}
