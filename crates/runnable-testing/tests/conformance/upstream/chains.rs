//! Chains with chat models.

use futures::{FutureExt, StreamExt, stream};
use runnable_chat::prelude::*;
use runnable_testing::{ScriptedChatModel, ScriptedReply};
use serde_json::json;

use crate::parts::{prompt_values, recorded, shout, unavailable};

#[tokio::test]
async fn parallel_steps_fill_the_prompt_and_read_the_answer() {
    let script = ScriptedChatModel::new(["foo bar"]);
    let question = parallel_dict("question", passthrough())
        .with("context", lambda(|_: String| "i'm a chatbot".to_owned()));
    let ask = prompt((system("You are nice."), human_template("Context: {context}\n\n{question}")));
    let words =
        lambda(|answer: AiMessage| answer.text().split(' ').map(str::to_owned).collect::<Vec<_>>());
    let read = parallel_dict("text", text()).with("words", words);
    let chain = question.pipe(ask).pipe(script.to_model()).pipe(read);

    let answer = chain.invoke("What is your name?").await.unwrap();
    assert_eq!(answer, dict! { text: "foo bar", words: json!(["foo", "bar"]) });
    let question = human("Context: i'm a chatbot\n\nWhat is your name?");
    assert_eq!(script.prompts(), [PromptValue::from([system("You are nice."), question])]);
}

#[tokio::test]
async fn tokens_stream_through_parallel_assign_and_pick() {
    let model = || ScriptedChatModel::new([ScriptedReply::chunks("foo-lish".split(""))]).to_model();
    let deep = prompt("{text}").pipe(model()).pipe(text());
    let deep = deep.pipe(parallel_dict("outer", passthrough().pipe(shout())));
    let deep = deep.pipe(assign("size", lambda(|values: Dict| values.names().count())));
    let deep = deep.pipe(pick_many(["outer", "size"]));

    let chunks: Vec<_> = deep.stream(prompt_values("hi")).map(Result::unwrap).collect().await;
    let chunks: Vec<_> = chunks.iter().map(|chunk| serde_json::to_value(chunk).unwrap()).collect();
    let letters: Vec<_> = chunks.iter().filter_map(|chunk| chunk["outer"].as_str()).collect();
    assert_eq!(letters, ["F", "O", "O", "-", "L", "I", "S", "H"], "no chunk is empty");
    let sizes: Vec<_> = chunks.iter().filter(|chunk| chunk["size"] == 1).collect();
    assert_eq!((chunks.len(), sizes.len()), (letters.len() + 1, 1));
}

#[test]
fn assign_adds_the_empty_value_of_an_empty_stream() {
    let nothing = generator(|_: ChunkStream<Dict>, _| stream::empty::<Result<String>>());
    let chain = assign("none", nothing);
    let expected = dict! { a: 1, none: "" };
    assert_eq!(chain.invoke(dict! { a: 1 }).now_or_never().unwrap().unwrap(), expected);
    let chunks: Vec<_> = futures::executor::block_on(chain.stream(dict! { a: 1 }).collect());
    let chunks: Vec<_> = chunks.iter().map(|chunk| json!(chunk.as_ref().unwrap())).collect();
    assert_eq!(chunks, [json!({ "a": 1 }), json!({ "none": "" })], "there is no `null` chunk");
}

#[tokio::test]
async fn the_provider_receives_the_options_that_were_set_last() {
    let script = ScriptedChatModel::new(["Hello"]).repeat_last();
    let model = script.to_model().stop(["Thought:"]).max_tokens(9);
    prompt("{text}")
        .pipe(model.clone().stop(["Observation:"]))
        .invoke(prompt_values("hi"))
        .await
        .unwrap();
    model.invoke("hi").await.unwrap();
    let options: Vec<_> = script.requests().into_iter().map(|request| request.options).collect();
    assert_eq!(options[0].stop, ["Observation:"]);
    assert_eq!(options[1].stop, ["Thought:"], "the original handle is unchanged");
    assert!(options.iter().all(|options| options.max_tokens == Some(9)));
}

#[tokio::test]
async fn each_item_of_a_batch_has_a_tree_of_runs() {
    let model = ScriptedChatModel::new(["foo", "bar"]).to_model();
    let chain = prompt((system("You are nice."), human_template("{text}"))).pipe(model);
    let (config, recorder) = recorded();
    let answers = chain.batch(["one", "two"].map(prompt_values)).config(config).await;
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
async fn a_prompt_works_in_every_method() {
    let template = prompt((system("You are nice."), human_template("{text}")));
    let filled = |text: &str| PromptValue::from([system("You are nice."), human(text)]);
    assert_eq!(template.invoke(prompt_values("one")).await.unwrap(), filled("one"));
    let batch = template.batch(["one", "two"].map(prompt_values)).await;
    let batch: Vec<_> = batch.into_iter().map(Result::unwrap).collect();
    assert_eq!(batch, [filled("one"), filled("two")]);
    let chunks: Vec<_> = template.stream(prompt_values("one")).map(Result::unwrap).collect().await;
    assert_eq!(chunks, [filled("one")]);
}

#[tokio::test]
async fn a_chain_accepts_the_chunks_of_another_chain() {
    let model = ScriptedChatModel::new([ScriptedReply::words("a b")]).to_model();
    let chain = text().pipe(shout());
    let chunks = chain.transform(model.stream("hi"));
    let chunks: Vec<_> = chunks.map(Result::unwrap).collect().await;
    assert_eq!(chunks, ["A", " ", "B"]);
}

#[tokio::test]
async fn a_chain_falls_back_to_a_chain_in_every_method() {
    let ask = || prompt("what did baz say to {text}");
    let broken =
        ScriptedChatModel::new([ScriptedReply::error(unavailable())]).repeat_last().to_model();
    let spare = ScriptedChatModel::new(["bar"]).repeat_last().to_model();
    let chain = lambda(|text: String| prompt_values(text))
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
async fn a_failing_model_reports_its_error_and_partial_answer() {
    for chunks in [0, 1, 2] {
        let answer = ScriptedReply::words("a b c").error_after(chunks, unavailable());
        let (config, recorder) = recorded();
        let call = ScriptedChatModel::new([answer]).to_model().stream("hi").config(config);
        let items: Vec<_> = call.collect().await;
        assert_eq!(items.len(), chunks + 1);
        assert_eq!(items[chunks].as_ref().unwrap_err().kind(), ErrorKind::Unavailable);
        let event = recorder.events().pop().unwrap().to_langchain_v2();
        assert_eq!(event["event"], "on_chat_model_error");
        let partial = &event["data"]["partial"]["content"];
        assert_eq!(partial.as_str().unwrap_or_default(), "a b"[..chunks].to_owned());
    }
}

#[tokio::test]
async fn a_model_without_any_chunk_is_an_error() {
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
    let events = recorder.events_of("ScriptedChatModel");
    let errors = events.iter().filter(|event| event.event_name() == "on_chat_model_error");
    assert_eq!(errors.count(), 4);
}
