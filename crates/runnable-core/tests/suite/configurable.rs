//! Steps that the configuration of a call chooses or changes.

use futures::{FutureExt, StreamExt, stream};
use runnable_core::prelude::*;
use serde_json::json;

use crate::{
    recorder::Recorder,
    words::{Words, chunks_now, reverse, shout},
};

/// A step that repeats a text this many times.
#[derive(Clone)]
struct Times(usize);

impl Runnable for Times {
    type Input = String;
    type Output = String;

    async fn run(&self, text: String, _: RunContext) -> Result<String> {
        Ok(text.repeat(self.0))
    }
}

fn times() -> impl Runnable<Input = String, Output = String> {
    Times(1).configurable_field("times", |_, times: usize| Times(times))
}

fn voice() -> impl Runnable<Input = String, Output = String> {
    passthrough()
        .configurable_alternatives("voice", "calm")
        .with("loud", shout())
        .with("odd", reverse())
}

fn set(key: &str, value: impl Into<serde_json::Value>) -> RunConfig {
    RunConfig::new().configurable(key, value)
}

#[tokio::test]
async fn a_call_chooses_an_alternative_and_the_first_is_default() {
    let chain = Words.pipe(voice());
    assert_eq!(chain.invoke("a b").await.unwrap(), "a b");
    for (name, output) in [("calm", "a b"), ("loud", "A B"), ("odd", "b a")] {
        assert_eq!(chain.invoke("a b").config(set("voice", name)).await.unwrap(), output);
        let streamed = chain.stream("a b").config(set("voice", name)).concat();
        assert_eq!(streamed.await.unwrap(), output);
    }
    let replaced = voice().clone().configurable_alternatives("other", "a").with("a", reverse());
    assert_eq!(replaced.invoke("ab").await.unwrap(), "ba", "the first is still the default");
}

#[tokio::test]
async fn a_call_changes_a_step_and_changes_are_independent() {
    let step = Times(1)
        .configurable_field("times", |_, times: usize| Times(times))
        .configurable_field("more", |Times(times), more: usize| Times(times + more));
    assert_eq!(step.invoke("a").await.unwrap(), "a");
    assert_eq!(step.invoke("a").config(set("times", 3)).await.unwrap(), "aaa");
    assert_eq!(step.invoke("a").config(set("more", 3)).await.unwrap(), "aaaa");
    let both = set("more", 2).configurable("times", 3);
    assert_eq!(step.invoke("a").config(both).await.unwrap(), "aaaaa");
}

#[test]
fn a_configurable_choice_streams() {
    let config = || set("voice", "loud");
    let pieces = || stream::iter(["a", "b"].map(|text| Ok(text.to_owned())));
    assert_eq!(chunks_now::<String>(voice().transform(pieces()).config(config())), ["A", "B"]);

    let mut call = voice().transform(pieces().chain(stream::pending())).config(config());
    assert_eq!(call.next().now_or_never().unwrap().unwrap().unwrap(), "A");
    let tagged = shout().configurable_field("unused", |step, _: bool| step);
    let mut call = tagged.transform(pieces().chain(stream::pending())).config(set("unused", true));
    assert_eq!(call.next().now_or_never().unwrap().unwrap().unwrap(), "A");
}

#[tokio::test]
async fn an_undeclared_key_is_refused_before_anything_runs() {
    let recorder = Recorder::default();
    let chain = Words.pipe(voice()).pipe(times().each_char());
    let config = set("vioce", "loud").listener(recorder.clone());

    let invoked = chain.invoke("a").config(config.clone()).await.unwrap_err();
    let streamed = chain.stream("a").config(config.clone()).concat().await.unwrap_err();
    let items = chain.batch(["a", "b"]).config(config).await;
    for error in [invoked, streamed].into_iter().chain(items.into_iter().map(Result::unwrap_err)) {
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert_eq!(
            error.to_string(),
            "unknown configurable key `vioce`: expected one of `times`, `voice`"
        );
    }
    assert!(recorder.events().is_empty());

    let error = Words.invoke("a").config(set("voice", "loud")).await.unwrap_err();
    assert_eq!(
        error.message(),
        "unknown configurable key `voice`: `Words` has no configurable steps"
    );
}

/// Wraps a step in a chain with `each`, so that its keys are not only in sequences.
trait EachChar: RunnableExt<Input = String, Output = String> {
    fn each_char(self) -> DynRunnable<String, String> {
        let cut = lambda(|text: String| text.chars().map(String::from).collect::<Vec<_>>());
        cut.pipe(self.each()).pipe(lambda(|parts: Vec<String>| parts.concat())).into_dyn()
    }
}

impl<R: Runnable<Input = String, Output = String>> EachChar for R {}

#[tokio::test]
async fn keys_are_found_in_every_position_of_a_step() {
    let fail = || try_lambda(|_: String| Result::<String, _>::Err("no"));
    let first = lambda(|(first, _): (String, String)| first);
    let long = times().pipe(lambda(|text: String| text.len() > 1));
    let text = || pick("text").pipe(lambda(|text: serde_json::Value| text.to_string()));
    let places: Vec<(&str, DynRunnable<String, String>)> = vec![
        ("aa", times().with_retry(Default::default()).into_dyn()),
        ("aa", fail().with_fallback(times()).into_dyn()),
        ("aa", parallel((times(), Words)).pipe(first).into_dyn()),
        ("aa", times().each_char()),
        (
            "aa",
            times().with_name("named").with_timeout(std::time::Duration::from_secs(1)).into_dyn(),
        ),
        ("aa", times().with_concurrency_limit(1).on_end(|_| ()).into_dyn()),
        ("aa", passthrough().configurable_alternatives("x", "y").with("y", times()).into_dyn()),
        ("\"aa\"", parallel_dict("text", times()).pipe(text()).into_dyn()),
        ("A", branch(long, shout()).otherwise(Words).into_dyn()),
    ];
    for (number, (output, chain)) in places.into_iter().enumerate() {
        let result = chain.invoke("a").config(set("times", 2)).await;
        assert_eq!(result.unwrap(), output, "place {number}");
    }
}

#[tokio::test]
async fn an_invalid_configurable_value_is_refused_by_its_step() {
    let unknown = voice().invoke("a").config(set("voice", "shrill")).await.unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::InvalidInput);
    let message = "unknown alternative `shrill` for `voice`: expected one of `calm`, `loud`, `odd`";
    assert_eq!(unknown.message(), message);
    let number = voice().stream("a").config(set("voice", 7)).concat().await.unwrap_err();
    assert!(number.message().starts_with("unknown alternative 7 for `voice`"), "{number}");

    let error = times().invoke("a").config(set("times", "two")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(
        error.message(),
        "invalid value \"two\" for configurable key `times`: invalid type: string \"two\", \
         expected usize"
    );
}

#[tokio::test]
async fn configurable_values_of_with_config_are_defaults() {
    let bound = times().with_config(set("times", 2));
    assert_eq!(bound.invoke("a").await.unwrap(), "aa");
    assert_eq!(bound.invoke("a").config(set("times", 3)).await.unwrap(), "aaa");
    let outer = bound.with_config(set("times", 4));
    assert_eq!(
        outer.invoke("a").await.unwrap(),
        "aaaa",
        "the outer configuration takes precedence"
    );

    let misspelled = Words.pipe(times().with_config(set("tiems", 2)));
    let error = misspelled.invoke("a").await.unwrap_err();
    assert_eq!(error.message(), "unknown configurable key `tiems`: expected one of `times`");
}

#[tokio::test]
async fn a_nested_call_inherits_values_and_can_override_them() {
    let calls = |own: Option<usize>| {
        async_lambda(move |text: String, cx: RunContext| async move {
            let config = RunConfig::from(&cx);
            let config = own.into_iter().fold(config, |config, n| config.configurable("times", n));
            let here = times().invoke(text).config(config).await?;
            // A key that is meant for other steps does not make this call fail.
            Words.invoke(here).config(&cx).await
        })
    };
    // A chain cannot see the keys inside a function, so the function declares them here.
    let inherits = times().pipe(calls(None));
    assert_eq!(inherits.invoke("a").config(set("times", 2)).await.unwrap(), "aaaa");
    let overrides = times().pipe(calls(Some(3)));
    assert_eq!(overrides.invoke("a").config(set("times", 2)).await.unwrap(), "aaaaaa");
    assert_eq!(overrides.invoke("a").await.unwrap(), "aaa");
    let unseen = calls(None).invoke("a").config(set("times", 2)).await.unwrap_err();
    assert!(unseen.message().ends_with("`RunnableLambda` has no configurable steps"), "{unseen}");

    let undeclared = async_lambda(|text: String, cx: RunContext| async move {
        times().invoke(text).config(RunConfig::from(&cx).configurable("tiems", 2)).await
    });
    let error = undeclared.invoke("a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn every_input_of_a_batch_can_choose_an_alternative() {
    let configs = [set("voice", "loud"), RunConfig::new(), set("times", 2), set("tone", "loud")];
    let chain = voice().pipe(times());
    let results = chain.batch(["a", "b", "c", "d"]).configs(configs).await;
    let outputs: Vec<_> = results.iter().map(|result| result.as_deref().ok()).collect();
    assert_eq!(outputs, [Some("A"), Some("b"), Some("cc"), None]);
}

#[tokio::test]
async fn the_chosen_run_takes_the_position_of_the_choice() {
    let recorder = Recorder::default();
    let config = set("voice", "odd").listener(recorder.clone());
    Words.pipe(voice()).pipe(times()).stream("a b").config(config).concat().await.unwrap();
    let seen: Vec<_> = recorder
        .starts()
        .iter()
        .map(|run| format!("{} {}", run.name, run.tags.join(" ")))
        .collect();
    assert_eq!(
        seen,
        ["RunnableSequence ", "Words seq:step:1", "RunnableLambda seq:step:2", "Times seq:step:3"]
    );
}

#[test]
fn the_graph_of_a_choice_contains_its_key() {
    let chain = voice().pipe(times().with_name("repeat"));
    assert_eq!(
        chain.graph().to_string(),
        "\
RunnableSequence
├─ RunnableConfigurableAlternatives
│  ├─ voice=calm ┄ RunnablePassthrough
│  ├─ voice=loud ┄ RunnableGenerator
│  └─ voice=odd ┄ RunnableLambda
└─ repeat
   └─ times ┄ Times
"
    );
    assert_eq!(
        serde_json::to_value(times().graph()).unwrap(),
        json!({
            "name": "Times",
            "configurable": ["times"],
            "choice": [{"label": "times", "step": {"name": "Times"}}],
        })
    );
    let mermaid = chain.graph().to_mermaid();
    assert!(mermaid.contains("input -.->|\"voice=loud\"| n2"), "{mermaid}");
}
