//! Configurations and listeners of steps.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use runnable_chat::prelude::*;
use runnable_core::{Listener, Metadata, RunEvent, RunEventData, combinators::RetryPolicy};
use runnable_events::{EventData, StreamEventsExt};
use runnable_testing::{EventRecorder, ScriptedChatModel, ScriptedReply};
use serde_json::json;

use crate::parts::{Echo, all, data_of, prompt_values, recorded};

/// The tags and the metadata of the runs of a step.
type Seen = Arc<Mutex<Vec<(Vec<String>, Metadata)>>>;

/// A step that stores the tags and the metadata of its run.
fn inspects_run(seen: &Seen) -> impl Runnable<Input = String, Output = u64> {
    let seen = Arc::clone(seen);
    async_lambda(move |_: String, cx: RunContext| {
        let run = cx.run().expect("the call has a listener").clone();
        let tags = run.tags.iter().map(ToString::to_string).collect();
        seen.lock().unwrap().push((tags, (*run.metadata).clone()));
        async { Ok(5) }
    })
}

fn metadata<const N: usize>(pairs: [(&str, u64); N]) -> Metadata {
    pairs.into_iter().map(|(key, value)| (key.to_owned(), json!(value))).collect()
}

#[tokio::test]
async fn a_configuration_applies_in_every_method() {
    let seen = Seen::default();
    let step = inspects_run(&seen).with_config(RunConfig::new().tag("a").metadata("n", 1));
    let (config, _) = recorded();
    let call = || config.clone().tag("b").metadata("m", 2);
    step.invoke("x").config(call()).await.unwrap();
    step.stream("x").config(call()).concat().await.unwrap();
    step.batch(["x", "y"]).config(call()).await;
    step.batch(["x", "y"]).configs([call(), call()]).await;
    let expected = (vec!["a".to_owned(), "b".into()], metadata([("m", 2), ("n", 1)]));
    assert_eq!(*seen.lock().unwrap(), vec![expected; 6]);
}

#[tokio::test]
async fn metadata_and_tags_of_step_and_call_are_merged() {
    let seen = Seen::default();
    let inner = RunConfig::new().tag("b").tag("a").metadata("own", 1).metadata("both", 1);
    let outer = RunConfig::new().tag("c").tag("a").metadata("outer", 2);
    let step = inspects_run(&seen).with_config(inner).with_config(outer);
    let (config, _) = recorded();
    step.invoke("x").config(config.tag("d").metadata("both", 3)).await.unwrap();
    let (tags, seen_metadata) = seen.lock().unwrap().remove(0);
    assert_eq!(tags, ["a", "b", "c", "d"]);
    let expected = metadata([("own", 1), ("outer", 2), ("both", 3)]);
    assert_eq!(seen_metadata, expected, "the value of the call wins");
}

#[tokio::test]
async fn a_step_listener_is_called_once_through_every_wrapper() {
    let listener = EventRecorder::new();
    let model = ScriptedChatModel::new(["foo"]).repeat_last().to_model();
    let chain = prompt((system("You are nice."), human_template("{text}"))).pipe(model);
    let calls: Arc<Mutex<Vec<&str>>> = Arc::default();
    let hook = |name: &'static str| {
        let calls = Arc::clone(&calls);
        move |_: &RunEvent<'_>| calls.lock().unwrap().push(name)
    };
    let observed = chain.with_config(RunConfig::new().listener(listener.clone()));
    let observed = observed.on_start(hook("start")).on_end(hook("end")).on_error(hook("error"));

    let each = lambda(|values: Dict| vec![values]).pipe(observed.clone().each());
    each.invoke(prompt_values("x")).await.unwrap();
    let others = [
        observed.clone().into_dyn(),
        observed.clone().with_retry(RetryPolicy::new()).into_dyn(),
        observed.clone().with_config(RunConfig::new().tag("foo")).into_dyn(),
        observed.clone().with_fallback(observed.clone()).into_dyn(),
        passthrough().pipe(observed.clone()).into_dyn(),
    ];
    let count = others.len() + 1;
    for chain in others {
        chain.invoke(prompt_values("x")).await.unwrap();
    }
    let roots = |wanted: fn(&EventData) -> bool| {
        let chains = listener.events_of("RunnableSequence");
        chains.iter().filter(|event| wanted(&event.data)).count()
    };
    assert_eq!(roots(|data| matches!(data, EventData::Start { .. })), count);
    assert_eq!(roots(|data| matches!(data, EventData::End { .. })), count);
    let expected = ["start", "end"].repeat(count);
    assert_eq!(*calls.lock().unwrap(), expected, "only runs of the chain call the hooks");
}

#[tokio::test]
async fn configured_values_are_used_and_reported() {
    let (grey, owl) =
        (ScriptedChatModel::new(["grey"]).repeat_last(), ScriptedChatModel::new(["owl"]));
    let (grey, owl) = (grey.with_run_name("Grey"), owl.with_run_name("Owl").repeat_last());
    let ask = prompt("{text}").configurable_field("ask", |_, template: String| prompt(template));
    let short = grey.to_model().max_tokens(9);
    let short =
        short.configurable_field("limit", |model: ChatModel, limit: u64| model.max_tokens(limit));
    let model = short.configurable_alternatives("model", "grey").with("owl", owl.to_model());
    let chain = ask.pipe(model).pipe(text());

    let config = RunConfig::new().configurable("ask", "so: {text}").configurable("limit", 3);
    let events = all(chain.stream_events(prompt_values("hi")).config(config)).await;
    assert_eq!(data_of(&events, "Grey").last().unwrap().1["output"]["content"], "grey");
    let events = all(chain
        .stream_events(prompt_values("hi"))
        .config(RunConfig::new().configurable("model", "owl")));
    let events = events.await;
    assert_eq!(data_of(&events, "Owl").last().unwrap().1["output"]["content"], "owl");
    assert!(data_of(&events, "Grey").is_empty());
    assert_eq!(chain.invoke(prompt_values("hi")).await.unwrap(), "grey");

    let requests = |script: &ScriptedChatModel| {
        let requests = script.requests().into_iter();
        let requests = requests.map(|request| {
            (request.prompt.messages[0].text().into_owned(), request.options.max_tokens)
        });
        requests.collect::<Vec<_>>()
    };
    assert_eq!(requests(&grey), [("so: hi".into(), Some(3)), ("hi".into(), Some(9))]);
    assert_eq!(requests(&owl), [("hi".into(), None)]);
}

#[tokio::test]
async fn listeners_of_a_step_and_a_call_receive_equal_events() {
    let (own, other) = (EventRecorder::new(), EventRecorder::new());
    let step = lambda(|text: String| text.len()).with_name("length");
    let step = step.with_config(RunConfig::new().listener(own.clone()));
    let step = step.with_config(RunConfig::new().listener(other.clone()));
    let (config, call) = recorded();
    step.stream("four").config(config).concat().await.unwrap();
    let expected = ["on_chain_start length", "on_chain_stream length", "on_chain_end length"];
    for recorder in [own, other, call] {
        assert_eq!(recorder.lines(), expected);
    }
}

#[tokio::test]
async fn a_model_run_has_the_provider_and_the_model_name() {
    let (config, recorder) = recorded();
    Echo::new().to_model().invoke("hi").config(config.metadata("user", 7)).await.unwrap();
    let expected = json!({
        "ls_model_name": "echo-1",
        "ls_model_type": "chat",
        "ls_provider": "mountains",
        "user": 7,
    });
    for event in recorder.events() {
        assert_eq!(json!(*event.run.metadata), expected);
    }
}

/// A listener that counts the tokens of every model.
#[derive(Clone, Default)]
struct Meter(Arc<Mutex<BTreeMap<String, u64>>>);

impl Listener for Meter {
    fn on_event(&self, event: &RunEvent<'_>) {
        let RunEventData::End { output: Some(output), .. } = &event.data else { return };
        let Some(answer) = output.downcast_ref::<AiMessage>() else { return };
        if let (Some(model), Some(usage)) = (&answer.model, answer.usage) {
            *self.0.lock().unwrap().entry(model.clone()).or_default() += usage.total_tokens;
        }
    }
}

#[tokio::test]
async fn a_listener_counts_the_tokens_of_each_model_once() {
    let model = |name: &str, input| {
        let chunk = |text: &str, n| AiMessageChunk::new(text).with_usage(Usage::new(input, n));
        let chunks = [chunk("a", 1).with_model(name), chunk(" b", 2)];
        ScriptedChatModel::new([ScriptedReply::message_chunks(chunks)]).repeat_last().to_model()
    };
    let meter = Meter::default();
    let config = || RunConfig::new().listener(meter.clone());
    let chain = parallel((model("one", 10), model("two", 100)));
    chain.invoke("hi").config(config()).await.unwrap();
    chain.stream("hi").config(config()).concat().await.unwrap();
    chain.batch(["hi", "ho"]).config(config()).await;
    model("one", 10).invoke("without a listener").await.unwrap();
    let expected = [("one".to_owned(), 4 * 12), ("two".to_owned(), 4 * 102)];
    assert_eq!(*meter.0.lock().unwrap(), BTreeMap::from(expected));
}

#[tokio::test]
async fn a_step_listener_receives_its_error() {
    let listener = EventRecorder::new();
    let fail = try_lambda(|text: String| Err::<u64, _>(Error::new(ErrorKind::Parse, text)));
    let fail = fail.with_config(RunConfig::new().run_name("fail").listener(listener.clone()));
    passthrough().pipe(fail.clone()).invoke("no").await.unwrap_err();
    fail.stream("no").concat().await.unwrap_err();
    let lines = ["on_chain_start fail", "on_chain_error fail"];
    assert_eq!(listener.lines(), [lines, lines].concat());
}
