//! Scripted models.

use std::time::Duration;

use futures::{FutureExt, StreamExt};
use runnable_chat::{ChatOptions, model::ChatProvider, prelude::*};
use runnable_testing::{
    EventRecorder, ScriptedChatModel, ScriptedEmbeddings, ScriptedReply, ScriptedTextModel,
};
use serde_json::json;
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

fn broken() -> Error {
    Error::new(ErrorKind::Connection, "the line is dead")
}

/// Returns the texts of the chunks of an answer, and the kind of its error.
async fn output(answer: ScriptedReply) -> (Vec<String>, Option<ErrorKind>) {
    let items: Vec<_> = ScriptedTextModel::new([answer]).to_model().stream("?").collect().await;
    let error = items.last().and_then(|item| Some(item.as_ref().err()?.kind()));
    (items.into_iter().flatten().collect(), error)
}

#[tokio::test]
async fn an_answer_has_the_chunks_of_its_constructor() {
    let texts = |answer| output(answer).map(|(texts, _)| texts);
    let words = texts(ScriptedReply::words("Hello brave new world")).await;
    assert_eq!(words, ["Hello", " ", "brave", " ", "new", " ", "world"]);
    assert_eq!(texts(ScriptedReply::words(" a  b\n")).await, [" ", "a", " ", " ", "b", "\n"]);
    assert_eq!(texts(ScriptedReply::words("")).await, [""]);
    assert_eq!(texts(ScriptedReply::complete("a b")).await, ["a b"]);
    assert_eq!(texts(ScriptedReply::chunks(["a b", "", "c"])).await, ["a b", "", "c"]);
    assert_eq!(texts("a b".into()).await, ["a", " ", "b"]);
    let none: [&str; 0] = [];
    assert!(texts(ScriptedReply::chunks(none)).await.is_empty());
}

#[tokio::test]
async fn an_answer_fails_after_the_given_number_of_chunks() {
    let breaks = |chunks| ScriptedReply::words("a b").error_after(chunks, broken());
    let connection = Some(ErrorKind::Connection);
    assert_eq!(output(breaks(0)).await, (vec![], connection));
    assert_eq!(output(breaks(2)).await, (vec!["a".into(), " ".into()], connection));
    assert_eq!(output(breaks(9)).await.0.len(), 3);
    assert_eq!(output(breaks(9)).await.1, connection);
    assert_eq!(output(ScriptedReply::error(broken())).await, (vec![], connection));
}

#[tokio::test]
async fn the_last_chunk_has_the_usage() {
    let answer = ScriptedReply::words("a b").usage(Usage::new(5, 2));
    let model = ScriptedChatModel::new([answer]).repeat_last().to_model();
    let chunks: Vec<_> = model.stream("?").map(Result::unwrap).collect().await;
    let usages: Vec<_> = chunks.iter().map(|chunk| chunk.usage()).collect();
    assert_eq!(usages, [None, None, Some(Usage::new(5, 2))]);
    assert_eq!(model.invoke("?").await.unwrap().usage, Some(Usage::new(5, 2)));
}

#[tokio::test]
async fn message_chunks_are_yielded_unchanged() {
    let chunk = AiMessageChunk::new("a").with_finish_reason(FinishReason::Length).with_model("m");
    let model = ScriptedChatModel::new([ScriptedReply::message_chunks([chunk.clone()])]).to_model();
    assert_eq!(model.stream("?").next().await.unwrap().unwrap(), chunk);
}

#[tokio::test(start_paused = true)]
async fn the_delay_applies_to_each_chunk_and_the_error() {
    let answer = ScriptedReply::words("a b").delay(SECOND).error_after(2, broken());
    let start = Instant::now();
    let mut chunks = ScriptedTextModel::new([answer]).to_model().stream("?");
    chunks.next().await.unwrap().unwrap();
    assert_eq!(start.elapsed(), SECOND);
    chunks.next().await.unwrap().unwrap();
    assert_eq!(start.elapsed(), 2 * SECOND);
    chunks.next().await.unwrap().unwrap_err();
    assert_eq!(start.elapsed(), 3 * SECOND);
}

#[tokio::test]
async fn answers_are_used_in_order_and_requests_are_recorded() {
    let script = ScriptedChatModel::new(["one", "two"]);
    let model = script.to_model().max_tokens(7);
    assert_eq!(model.invoke("a").await.unwrap().text(), "one");
    assert_eq!(model.invoke([system("b"), human("c")]).await.unwrap().text(), "two");
    assert_eq!(
        script.prompts(),
        [PromptValue::from("a"), PromptValue::from([system("b"), human("c")])]
    );
    assert_eq!(script.requests()[0].options.max_tokens, Some(7));

    let script = ScriptedTextModel::new(["one"]);
    let model = script.to_model().with_options(ChatOptions::new().max_tokens(7));
    assert_eq!(model.invoke("a").await.unwrap(), "one");
    assert_eq!(script.requests()[0].options.max_tokens, Some(7));
    let refused =
        model.with_options(ChatOptions::new().max_tokens(0)).invoke("a").await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    assert_eq!(script.prompts(), ["a"], "a refused call makes no request");
}

#[tokio::test]
async fn a_text_model_without_streaming_yields_one_chunk() {
    let script = ScriptedTextModel::new(["a b"]).without_streaming();
    let chunks: Vec<_> = script.to_model().stream("?").map(Result::unwrap).collect().await;
    assert_eq!(chunks, ["a b"]);
}

#[tokio::test]
async fn a_call_without_an_answer_fails() {
    let script = ScriptedChatModel::new(["one"]).with_run_name("Oracle");
    let model = script.to_model();
    model.invoke("a").await.unwrap();
    let error = model.invoke("b").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Other);
    for part in ["Oracle was called 2 times", "has 1 answers"] {
        assert!(error.message().contains(part), "{error}");
    }
    assert_eq!(script.prompts().len(), 2, "the failed request is recorded, too");

    let no_answers: [ScriptedReply; 0] = [];
    let script = ScriptedTextModel::new(no_answers).repeat_last();
    script.to_model().invoke("a").await.unwrap_err();
}

#[tokio::test]
async fn repeat_last_repeats_the_last_answer() {
    let step = ScriptedTextModel::new(["one", "two"]).repeat_last().to_model();
    for expected in ["one", "two", "two", "two"] {
        assert_eq!(step.invoke("?").await.unwrap(), expected);
    }
}

#[test]
fn a_call_that_is_not_polled_uses_no_answer() {
    let script = ScriptedTextModel::new(["one"]);
    let step = script.to_model();
    drop(step.stream("never"));
    drop(step.invoke("never"));
    assert!(script.prompts().is_empty());
    assert_eq!(step.invoke("now").now_or_never().unwrap().unwrap(), "one");
    assert_eq!(script.prompts(), ["now"]);
}

#[tokio::test]
async fn runs_have_the_name_and_the_kind_of_a_model() {
    let recorder = EventRecorder::new();
    let config = || RunConfig::new().listener(recorder.clone());
    let chat = ScriptedChatModel::new(["a"]).with_run_name("Oracle");
    assert_eq!(chat.run_name(), "Oracle");
    chat.to_model().invoke("?").config(config()).await.unwrap();
    let text = ScriptedTextModel::new(["a"]).with_run_name("Scribe");
    text.to_model().invoke("?").config(config()).await.unwrap();
    assert_eq!(
        recorder.lines(),
        [
            "on_chat_model_start Oracle",
            "on_chat_model_stream Oracle",
            "on_chat_model_end Oracle",
            "on_llm_start Scribe",
            "on_llm_stream Scribe",
            "on_llm_end Scribe",
        ]
    );
}

#[tokio::test]
async fn an_answer_can_contain_tool_calls() {
    let calls = ScriptedReply::tool_call("add", json!({"a": 1})).and_tool_call("clock", json!({}));
    let script = ScriptedChatModel::new([calls.usage(Usage::new(3, 4)), calls_in_a_message()]);
    let model = script.to_model();

    let answer = model.stream("?").concat().await.unwrap();
    let expected = [
        ToolCall::new("call_1", "add", json!({"a": 1})),
        ToolCall::new("call_2", "clock", json!({})),
    ];
    assert!(answer.tool_calls().eq(&expected), "{answer:?}");
    assert_eq!(answer.finish_reason, Some(FinishReason::ToolCalls));
    assert_eq!(answer.usage, Some(Usage::new(3, 4)));

    let answer = model.invoke("?").await.unwrap();
    assert!(answer.tool_calls().eq(&[ToolCall::new("x", "add", json!({"a": 2}))]), "{answer:?}");
}

fn calls_in_a_message() -> ScriptedReply {
    AiMessage::new("Let me see.").with_block(ToolCall::new("x", "add", json!({"a": 2}))).into()
}

#[tokio::test]
async fn a_tool_call_streams_its_name_before_its_arguments() {
    let model =
        ScriptedChatModel::new([ScriptedReply::tool_call("add", json!({"a": 1}))]).to_model();
    let chunks: Vec<_> = model.stream("?").map(Result::unwrap).collect().await;
    assert_eq!(chunks.len(), 2);
    assert!(AiMessage::from_chunk(chunks[0].clone()).unwrap().content.len() == 1);
    assert_eq!(chunks[0].finish_reason(), None);
    assert_eq!(chunks[1].finish_reason(), Some(&FinishReason::ToolCalls));
}

#[tokio::test]
async fn the_vector_of_a_text_is_always_the_same() {
    let script = ScriptedEmbeddings::new(8).vector("exact", [3.0]);
    let ask = |text: &str| script.to_model().invoke(vec![text.to_owned()]);
    let first = ask("Cats purr.").await.unwrap().remove(0);
    assert_eq!(first, ask("purr, CATS").await.unwrap().remove(0));
    assert_ne!(first, ask("dogs bark").await.unwrap().remove(0));
    assert_eq!(ask("exact").await.unwrap(), [[3.0]]);
    assert_eq!(script.texts(), ["Cats purr.", "purr, CATS", "dogs bark", "exact"]);

    let length = |vector: &[f32]| vector.iter().map(|x| x * x).sum::<f32>();
    assert!((length(&first) - 1.0).abs() < 1e-5);
    let empty = ScriptedEmbeddings::new(0).to_model().invoke(vec!["?!".into()]).await.unwrap();
    assert_eq!(empty, [[1.0]]);
    // The vectors must never change, because golden files may contain them.
    let vectors = ScriptedEmbeddings::new(2).to_model().invoke(vec!["cat".into()]).await.unwrap();
    assert_eq!(vectors, [[-0.57803005, -0.8160155]]);
}

#[tokio::test]
async fn an_embedding_model_fails_with_the_given_error() {
    let script = ScriptedEmbeddings::new(8).error(broken()).with_run_name("Broken");
    let error = script.to_model().invoke(vec!["a".into()]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert_eq!(error.path().last(), Some("Broken"));
    assert_eq!(script.texts(), ["a"]);
}

#[tokio::test]
async fn a_function_can_answer_requests() {
    let script = ScriptedChatModel::from_fn(|call| match &*call.prompt.text() {
        "fail" => ScriptedReply::error(broken()),
        text => ScriptedReply::words(text),
    });
    let model = script.to_model().pipe(text());
    let results = model.batch(["a b", "fail", "c"]).await;
    assert_eq!(results[0].as_deref().unwrap(), "a b");
    assert_eq!(results[1].as_ref().unwrap_err().kind(), ErrorKind::Connection);
    assert_eq!(results[2].as_deref().unwrap(), "c");
    assert_eq!(script.prompts().len(), 3);
}

#[tokio::test]
async fn the_answering_function_can_use_the_script() {
    let earlier = std::sync::Arc::new(std::sync::OnceLock::<ScriptedChatModel>::new());
    let script = ScriptedChatModel::from_fn({
        let earlier = earlier.clone();
        move |_| earlier.get().map_or(0, |script| script.prompts().len()).to_string()
    });
    earlier.set(script.clone()).unwrap();
    let model = script.to_model().pipe(text());
    assert_eq!(model.invoke("a").await.unwrap(), "1");
    assert_eq!(model.invoke("b").await.unwrap(), "2");
}

#[tokio::test]
async fn tool_calls_combine_with_text_usage_and_errors() {
    let answer = || {
        ScriptedReply::words("Let me")
            .and_tool_call("add", json!({"a": 1}))
            .and_tool_call("add", json!({}))
            .usage(Usage::new(3, 4))
    };
    let model = |answer| ScriptedChatModel::new([answer]).to_model();
    for message in [
        model(answer()).invoke("?").await.unwrap(),
        model(answer()).stream("?").concat().await.unwrap(),
    ] {
        let calls: Vec<_> = message.tool_calls().collect();
        let expected = [
            &ToolCall::new("call_1", "add", json!({"a": 1})),
            &ToolCall::new("call_2", "add", json!({})),
        ];
        assert_eq!(calls, expected);
        assert_eq!((&*message.text(), message.usage), ("Let me", Some(Usage::new(3, 4))));
        assert_eq!(message.finish_reason, Some(FinishReason::ToolCalls));
    }

    // The answer fails after three chunks of text and the name of the tool, before the arguments.
    let failing = model(answer().error_after(4, broken()));
    let error = failing.invoke("?").await.unwrap_err();
    let partial = error.partial::<runnable_chat::AiMessageChunk>().unwrap();
    assert_eq!(partial.text(), "Let me");
    assert_eq!(partial.blocks().len(), 2);
}
