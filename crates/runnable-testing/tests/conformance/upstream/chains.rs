//! Chains of language models.

use futures::{FutureExt, StreamExt, stream};
use runnable_chat::prelude::*;
use runnable_testing::{ScriptedChatModel, ScriptedReply};
use serde_json::json;

use crate::parts::{about, recorded, shout, unavailable};

#[tokio::test]
async fn a_map_fills_the_prompt_and_another_reads_the_answer() {
    let script = ScriptedChatModel::new(["foo bar"]);
    let question = parallel_dict("question", passthrough())
        .with("context", lambda(|_: String| "i'm a chatbot".to_owned()));
    let ask =
        prompt((system("You are nice."), human_template("RunContext: {context}\n\n{question}")));
    let words =
        lambda(|answer: AiMessage| answer.text().split(' ').map(str::to_owned).collect::<Vec<_>>());
    let read = parallel_dict("text", text()).with("words", words);
    let chain = question.pipe(ask).pipe(script.to_model()).pipe(read);

    let answer = chain.invoke("What is your name?").await.unwrap();
    assert_eq!(answer, dict! { text: "foo bar", words: json!(["foo", "bar"]) });
    let asked = human("RunContext: i'm a chatbot\n\nWhat is your name?");
    assert_eq!(script.prompts(), [PromptValue::from([system("You are nice."), asked])]);
}

#[tokio::test]
async fn tokens_pass_through_parsers_maps_assigns_and_picks() {
    let model = || ScriptedChatModel::new([ScriptedReply::chunks("foo-lish".split(""))]).to_model();
    let deep = prompt("{text}").pipe(model()).pipe(text());
    let deep = deep.pipe(parallel_dict("outer", passthrough().pipe(shout())));
    let deep = deep.pipe(assign("size", lambda(|values: Dict| values.names().count())));
    let deep = deep.pipe(pick_many(["outer", "size"]));

    let chunks: Vec<_> = deep.stream(about("hi")).map(Result::unwrap).collect().await;
    let chunks: Vec<_> = chunks.iter().map(|chunk| serde_json::to_value(chunk).unwrap()).collect();
    let letters: Vec<_> = chunks.iter().filter_map(|chunk| chunk["outer"].as_str()).collect();
    assert_eq!(letters, ["F", "O", "O", "-", "L", "I", "S", "H"], "no empty text");
    let sizes: Vec<_> = chunks.iter().filter(|chunk| chunk["size"] == 1).collect();
    assert_eq!((chunks.len(), sizes.len()), (letters.len() + 1, 1));
}

#[test]
fn an_assigned_step_that_gives_nothing_adds_its_empty_value() {
    let nothing = generator(|_: ChunkStream<Dict>, _| stream::empty::<Result<String>>());
    let chain = assign("none", nothing);
    let expected = dict! { a: 1, none: "" };
    assert_eq!(chain.invoke(dict! { a: 1 }).now_or_never().unwrap().unwrap(), expected);
    let chunks: Vec<_> = futures::executor::block_on(chain.stream(dict! { a: 1 }).collect());
    let chunks: Vec<_> = chunks.iter().map(|it| json!(it.as_ref().unwrap())).collect();
    assert_eq!(chunks, [json!({ "a": 1 }), json!({ "none": "" })], "and no null before it");
}

#[tokio::test]
async fn the_options_of_a_model_come_to_its_provider_and_the_last_that_is_set_counts() {
    let script = ScriptedChatModel::new(["Hello"]).repeat_last();
    let model = script.to_model().stop(["Thought:"]).max_tokens(9);
    prompt("{text}").pipe(model.clone().stop(["Observation:"])).invoke(about("hi")).await.unwrap();
    model.invoke("hi").await.unwrap();
    let options: Vec<_> = script.requests().into_iter().map(|request| request.options).collect();
    assert_eq!(options[0].stop, ["Observation:"]);
    assert_eq!(options[1].stop, ["Thought:"], "the other handle is as it was");
    assert!(options.iter().all(|options| options.max_tokens == Some(9)));
}

#[tokio::test]
async fn a_batch_of_a_chain_is_a_tree_of_runs_for_each_item() {
    let model = ScriptedChatModel::new(["foo", "bar"]).to_model();
    let chain = prompt((system("You are nice."), human_template("{text}"))).pipe(model);
    let (config, recorder) = recorded();
    let answers = chain.batch(["one", "two"].map(about)).config(config).await;
    let answers: Vec<_> =
        answers.into_iter().map(|answer| answer.unwrap().text().into_owned()).collect();
    assert_eq!(answers, ["foo", "bar"]);

    let runs = |name: &str| {
        let ends = recorder.events_of(name).into_iter().filter(|event| event.is_terminal());
        ends.map(|event| event.run).collect::<Vec<_>>()
    };
    let roots = runs("RunnableSequence");
    assert_eq!(roots.len(), 2);
    for name in ["ChatPromptTemplate", "ScriptedChatModel"] {
        let parents: Vec<_> = runs(name).iter().map(|run| run.parent_id().unwrap()).collect();
        assert_eq!(parents, [roots[0].id, roots[1].id]);
    }
}

#[tokio::test]
async fn a_prompt_is_a_step_by_every_verb() {
    let template = prompt((system("You are nice."), human_template("{text}")));
    let filled = |text: &str| PromptValue::from([system("You are nice."), human(text)]);
    assert_eq!(template.invoke(about("one")).await.unwrap(), filled("one"));
    let batch = template.batch(["one", "two"].map(about)).await;
    let batch: Vec<_> = batch.into_iter().map(Result::unwrap).collect();
    assert_eq!(batch, [filled("one"), filled("two")]);
    let chunks: Vec<_> = template.stream(about("one")).map(Result::unwrap).collect().await;
    assert_eq!(chunks, [filled("one")]);
}

#[tokio::test]
async fn a_chain_takes_the_chunks_that_another_gives() {
    let model = ScriptedChatModel::new([ScriptedReply::words("a b")]).to_model();
    let chain = text().pipe(shout());
    let chunks = chain.transform(model.stream("hi"));
    let chunks: Vec<_> = chunks.map(Result::unwrap).collect().await;
    assert_eq!(chunks, ["A", " ", "B"]);
}

#[tokio::test]
async fn a_chain_falls_back_on_a_chain_by_every_verb() {
    let ask = || prompt("what did baz say to {text}");
    let broken =
        ScriptedChatModel::new([ScriptedReply::error(unavailable())]).repeat_last().to_model();
    let spare = ScriptedChatModel::new(["bar"]).repeat_last().to_model();
    let chain = lambda(|text: String| about(text))
        .pipe(ask().pipe(broken).with_fallback(ask().pipe(spare)))
        .pipe(text());
    assert_eq!(chain.invoke("hello").await.unwrap(), "bar");
    for result in chain.batch(["hi", "hey", "bye"]).await {
        assert_eq!(result.unwrap(), "bar");
    }
    let chunks: Vec<_> = chain.stream("hello").map(Result::unwrap).collect().await;
    assert_eq!(chunks, ["bar"]);
}

#[tokio::test]
async fn a_model_that_breaks_off_tells_its_error_and_what_had_come() {
    for chunks in [0, 1, 2] {
        let answer = ScriptedReply::words("a b c").error_after(chunks, unavailable());
        let (config, recorder) = recorded();
        let call = ScriptedChatModel::new([answer]).to_model().stream("hi").config(config);
        let items: Vec<_> = call.collect().await;
        assert_eq!(items.len(), chunks + 1);
        assert_eq!(items[chunks].as_ref().unwrap_err().kind(), ErrorKind::Unavailable);
        let told = recorder.events().pop().unwrap().to_langchain_v2();
        assert_eq!(told["event"], "on_chat_model_error");
        let partial = &told["data"]["partial"]["content"];
        assert_eq!(partial.as_str().unwrap_or_default(), "a b"[..chunks].to_owned());
    }
}

#[tokio::test]
async fn a_model_that_says_nothing_at_all_has_failed() {
    let nothing: [&str; 0] = [];
    let model = ScriptedChatModel::new([ScriptedReply::chunks(nothing)]).repeat_last().to_model();
    let (config, recorder) = recorded();
    let chain = model.clone().pipe(text());
    for error in [
        model.invoke("hi").config(config.clone()).await.unwrap_err(),
        model.stream("hi").config(config.clone()).next().await.unwrap().unwrap_err(),
        chain.invoke("hi").config(config.clone()).await.unwrap_err(),
        chain.stream("hi").config(config).concat().await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::EmptyStream);
    }
    let told = recorder.events_of("ScriptedChatModel");
    assert_eq!(told.iter().filter(|event| event.event_name() == "on_chat_model_error").count(), 4);
}
