//! Partial values, examples, media variables, and names in errors.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use futures::{FutureExt, future::BoxFuture};
use proptest::{collection::vec, prelude::*};
use runnable_chat::{
    embedding::{Embedding, EmbeddingProvider, SimilarExamples},
    prelude::*,
    prompt::{few_shot, few_shot_selected, tool_template},
};
use serde_json::json;

async fn texts(template: ChatPromptTemplate, values: Dict) -> Result<Vec<String>> {
    let filled = template.invoke(values).await?;
    Ok(filled.messages.iter().map(|message| message.text().into_owned()).collect())
}

#[tokio::test]
async fn a_value_of_a_call_replaces_a_partial_value() {
    let template = prompt("{a} {b}").partial(dict! { a: "{b}", b: 1 }).partial(dict! { b: 2 });
    assert!(template.input_variables().unwrap().is_empty());
    assert_eq!(texts(template.clone(), dict! {}).await.unwrap(), ["{b} 2"]);
    assert_eq!(texts(template, dict! { a: "x" }).await.unwrap(), ["x 2"]);
}

#[tokio::test]
async fn a_partial_function_is_called_only_for_a_missing_value() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&calls);
    let template = prompt("{n}").partial_with("n", move || counter.fetch_add(1, Ordering::SeqCst));
    assert_eq!(texts(template.clone(), dict! {}).await.unwrap(), ["0"]);
    assert_eq!(texts(template.clone(), dict! {}).await.unwrap(), ["1"]);
    assert_eq!(texts(template, dict! { n: "x" }).await.unwrap(), ["x"]);
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn an_error_names_the_most_similar_name() {
    let template = || prompt("{topic} {tone}").with_name("haiku");
    let error = texts(template(), dict! { topci: "rain", tone: "kind" }).await.unwrap_err();
    assert!(
        error.message().ends_with("; did you mean `topic` where you wrote `topci`?"),
        "{error}"
    );

    // A value that another variable uses is not misspelled.
    let error = texts(prompt("{name1} {name2}"), dict! { name1: "a" }).await.unwrap_err();
    assert!(error.message().ends_with("received values for `name1`"), "{error}");

    let surplus = dict! { topic: "rain", tone: "kind", tones: "?" };
    assert!(texts(template(), surplus.clone()).await.is_ok());
    let error = texts(template().strict(), surplus).await.unwrap_err();
    assert_eq!(
        error.message(),
        "unexpected value `tones` for prompt template haiku: expected one of `topic`, `tone`; did \
         you mean `tone`?"
    );

    let partial = template().partial(dict! { topik: "rain" });
    let checked = partial.clone().check().unwrap_err();
    assert!(checked.message().contains("unexpected partial value `topik`"), "{checked}");
    assert!(checked.message().ends_with("did you mean `topic`?"), "{checked}");
    let run = texts(partial, dict! { topic: "", tone: "" }).await.unwrap_err();
    assert_eq!(run.message(), checked.message());
}

fn opposites() -> [Dict; 2] {
    [dict! { word: "happy", opposite: "{sad}" }, dict! { word: "tall {x}", opposite: "short" }]
}

#[tokio::test]
async fn each_example_fills_the_template_of_the_examples() {
    let example = [human_template("{word}"), ai_template("= {opposite}")];
    let template = prompt((few_shot(example, opposites()), human_template("{word}")));
    let expected = ["happy", "= {sad}", "tall {x}", "= short", "big"];
    assert_eq!(texts(template.clone(), dict! { word: "big" }).await.unwrap(), expected);
    assert_eq!(template.input_variables().unwrap(), ["word"]);
}

#[tokio::test]
async fn an_error_in_an_example_names_the_example() {
    let examples = [dict! { word: "a" }, dict! { wrd: "b" }];
    let template = prompt((human("Hi"), few_shot(human_template("{word}"), examples)));
    let error = texts(template, dict! { word: "c" }).await.unwrap_err();
    let part = "variable `{word}` in message 1 (user) of example 2";
    assert!(error.message().contains(part), "{error}");
    assert!(error.message().ends_with("where you wrote `wrd`?"), "{error}");

    let invalid = prompt(few_shot("{word", opposites())).check().unwrap_err();
    assert!(invalid.message().contains("message 1 (user) of example 1"), "{invalid}");
}

#[tokio::test]
async fn examples_are_checked_before_the_first_call() {
    let example = |values| prompt(few_shot(human_template("{word}"), [dict! { word: 1 }, values]));
    for (values, reason) in [
        (dict! { wrod: "b" }, "variable `{word}` in message 1 (user) of example 2"),
        (dict! { wrod: "b" }, "; did you mean `word` where you wrote `wrod`?"),
    ] {
        let checked = example(values.clone()).check().unwrap_err();
        assert!(checked.message().contains(reason), "{checked}");
        let run = texts(example(values), dict! { word: "c" }).await.unwrap_err();
        assert_eq!(run.message(), checked.message());
    }
    let inner = few_shot(human_template("{x:d}"), [dict! { x: "text" }]);
    let nested = prompt(few_shot((human("Hi"), inner), [dict! {}])).check().unwrap_err();
    assert!(nested.message().contains("the type `d` needs a number"), "{nested}");
    let history = prompt(few_shot((messages_placeholder("history"),), [dict! { history: 1 }]));
    assert!(history.check().unwrap_err().message().contains("placeholder `history`"));
    // The examples of a step are known only in a call.
    let selected = few_shot_selected("{word}", lambda(|_: Dict| vec![dict! {}]));
    assert!(prompt(selected).check().is_ok());
}

#[tokio::test]
async fn examples_are_limited_by_length() {
    let examples = ["one two", "three", "four five six", "seven"].map(|text| dict! { t: text });
    let shown = |limit: usize, input: &str| {
        let examples = few_shot(human_template("{t}"), examples.clone()).max_length(limit);
        texts(prompt(examples), dict! { input: input }).map(|shown| shown.unwrap().len())
    };
    assert_eq!(shown(7, "").await, 4);
    assert_eq!(shown(6, "").await, 3);
    assert_eq!(shown(6, "a b c").await, 2);
    assert_eq!(shown(5, "").await, 2);
    assert_eq!(shown(1, "a b c").await, 0);
    let by_letters = few_shot(human_template("{t}"), examples.clone());
    let by_letters = by_letters.max_length(12).length_of(|text| text.chars().count());
    assert_eq!(texts(prompt(by_letters), dict! {}).await.unwrap(), ["one two", "three"]);
}

#[tokio::test]
async fn a_step_can_select_the_examples() {
    let selector = lambda(|values: Dict| vec![dict! { text: values["key"].clone() }]);
    let examples = few_shot_selected(human_template("<{text}>"), selector);
    let template = prompt((examples.clone(), human("?"))).strict();
    assert_eq!(texts(template, dict! { key: "a" }).await.unwrap(), ["<a>", "?"]);
    assert_eq!(prompt(examples.clone()).clone().input_variables().unwrap(), [""; 0]);

    let failing = try_lambda(|_: Dict| -> Result<Vec<Dict>> {
        Err(Error::new(ErrorKind::NotFound, "no examples"))
    });
    let template = prompt(few_shot_selected("{text}", failing));
    let error = texts(template, dict! {}).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let others =
        few_shot_selected(human_template("<{text}>"), lambda(|_: Dict| Vec::<Dict>::new()));
    assert_eq!(examples.clone(), examples);
    assert_ne!(examples, others);
}

/// A model whose vector of a text counts the letters `a` and `b` in it.
#[derive(Debug)]
struct Letters;

impl EmbeddingProvider for Letters {
    fn run_name(&self) -> &str {
        "Letters"
    }

    fn embed(
        &self,
        texts: Vec<String>,
        _: RunContext,
    ) -> BoxFuture<'static, Result<Vec<Embedding>>> {
        let count = |text: &str, letter| text.matches(letter).count() as f32;
        let vectors = texts.iter().map(|text| vec![count(text, 'a'), count(text, 'b')]).collect();
        async move { Ok(vectors) }.boxed()
    }
}

#[tokio::test]
async fn the_most_similar_examples_are_selected() {
    let examples = ["a", "bb", "aab", "x"].map(|text| dict! { text: text, other: "bbbb" });
    let selector = SimilarExamples::new(EmbeddingModel::new(Letters), examples, ["text"]);
    let selector = selector.await.unwrap();
    let template =
        |count| prompt(few_shot_selected(human_template("{text}"), selector.clone().count(count)));
    let most_similar = texts(template(2), dict! { text: "aaa" }).await.unwrap();
    assert_eq!(most_similar, ["a", "aab"]);
    assert_eq!(texts(template(1), dict! { text: "bbb a" }).await.unwrap(), ["bb"]);
    let all = texts(template(9), dict! { text: "b" }).await.unwrap();
    assert_eq!(all, ["bb", "aab", "a", "x"]);

    let error = texts(template(1), dict! { txet: "a" }).await.unwrap_err();
    assert!(error.message().contains("missing value `text`; did you mean `text`"), "{error}");
    let model = EmbeddingModel::new(Letters);
    let error = SimilarExamples::new(model, [dict! { a: 1 }], ["text"]).await.unwrap_err();
    assert_eq!(error.message(), "invalid example 1: missing value `text`");
}

#[tokio::test]
async fn a_media_variable_inserts_blocks_between_the_texts() {
    let template = prompt(
        human_template("{n}:").with_image("photos").with_text("and {n}").with_file("report"),
    );
    assert_eq!(template.input_variables().unwrap(), ["n", "photos", "report"]);
    let pdf = Media::from_file_id("file_1").with_mime_type("application/pdf");
    let braces = Media::from_url("https://example.com/{n}.png");
    let values = dict! {
        n: 1,
        photos: json!([braces, "data:image/png;base64,iVBORw=="]),
        report: pdf.clone(),
    };
    let filled = template.clone().invoke(values.clone()).await.unwrap();
    let expected = HumanMessage::new("1:")
        .with_block(ContentBlock::Image(braces))
        .with_block(ContentBlock::Image(Media::from_bytes("image/png", b"\x89PNG")))
        .with_block(ContentBlock::text("and 1"))
        .with_block(ContentBlock::File(pdf));
    assert_eq!(filled.messages, [expected.into()]);

    let typed = json!({"type": "audio", "url": "https://example.com/a.mp3"});
    let filled = template.invoke(values.clone().with("report", typed)).await.unwrap();
    assert!(matches!(filled.messages[0].content()[4], ContentBlock::Audio(_)));
}

#[tokio::test]
async fn an_invalid_media_value_is_an_error() {
    let template = prompt(human_template("").with_image("photo"));
    for (value, reason) in [
        (json!(3), "expected a URL"),
        (json!({"type": "text", "text": "a"}), "expected media"),
        (json!({"mime_type": "image/png"}), "photo"),
    ] {
        let error = template.invoke(dict! { photo: value }).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.message().contains("invalid value for media variable `photo`"), "{error}");
        assert!(error.message().contains(reason), "{error}");
    }
    let error = template.invoke(dict! { photos: "a" }).await.unwrap_err();
    assert!(error.message().contains("media variable `photo` in message 1 (user)"), "{error}");
    assert!(error.message().ends_with("where you wrote `photos`?"), "{error}");
}

#[tokio::test]
async fn every_role_has_a_template() {
    let template = prompt((
        system_template("{x}"),
        human_template("{x}"),
        ai_template("{x}"),
        tool_template("{x}", "{x}"),
    ));
    let filled = template.invoke(dict! { x: "{y}" }).await.unwrap();
    let tool = ToolMessage::new("{x}", "{y}").into();
    assert_eq!(filled.messages, [system("{y}"), human("{y}"), ai("{y}"), tool]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Values of calls, of examples and of partials are never read as templates.
    #[test]
    fn no_value_is_read_as_a_template(
        values in vec(r"[{}%a!:\[\] ]{0,8}", 3), secret in "[a-z]{8}",
    ) {
        let template = prompt((
            few_shot(human_template("{v}"), [dict! { v: values[0].clone() }]),
            human_template("{v}"),
            system_template("{w}"),
        ))
        .partial(dict! { w: values[1].clone() });
        let call = dict! { v: values[2].clone(), a: secret };
        let filled = futures::executor::block_on(texts(template, call)).unwrap();
        prop_assert_eq!(filled, [&values[0], &values[2], &values[1]].map(String::from));
    }
}
