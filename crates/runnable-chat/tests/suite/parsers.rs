//! Parsers from functions, and inputs that models and parsers accept by reference.

use std::sync::{Arc, Mutex};

use async_stream::try_stream;
use futures::{FutureExt, StreamExt, stream};
use runnable_chat::{parser::StreamParser, prelude::*, run_kind::PARSER};

use crate::parrot::Parrot;

/// A parser that yields each word in capitals as soon as the word is complete.
#[allow(clippy::type_complexity, reason = "the type of a parser of a closure")]
fn words<I: runnable_chat::parser::Source>() -> StreamParser<
    impl Fn(ChunkStream<String>, RunContext) -> ChunkStream<Vec<String>> + Clone,
    I,
    Vec<String>,
> {
    stream_parser("Words", |mut text: ChunkStream<String>, _| {
        ChunkStream::new(try_stream! {
            let mut unread = String::new();
            while let Some(chunk) = text.next().await {
                unread.push_str(&chunk?);
                while let Some((word, rest)) = unread.split_once(' ') {
                    yield vec![word.to_uppercase()];
                    unread = rest.to_owned();
                }
            }
            yield vec![unread.to_uppercase()];
        })
    })
}

#[tokio::test]
async fn a_parser_accepts_answers_and_text() {
    let read = |text: String| text.trim().parse::<u32>();
    let alone = parser("Number", read);
    assert_eq!(alone.invoke(" 42").await.unwrap(), 42);
    assert_eq!(alone.invoke(AiMessage::new("42 ")).await.unwrap(), 42);
    assert_eq!(alone.stream("7").concat().await.unwrap(), 7);
    assert_eq!(alone.batch(["1", "2"]).await.remove(1).unwrap(), 2);

    let model = ChatModel::new(Parrot);
    assert_eq!(model.clone().pipe(parser("Number", read)).invoke("42").await.unwrap(), 42);
    assert_eq!(model.pipe(text()).pipe(parser("Number", read)).invoke("42").await.unwrap(), 42);
    let stripped = lambda(|text: String| text.replace('n', "")).pipe(parser("Number", read));
    assert_eq!(stripped.invoke("n42").await.unwrap(), 42);
}

#[tokio::test]
async fn an_error_of_a_parser_function_is_a_parse_error() {
    let number = parser("Number", |text: String| text.parse::<u32>());
    let error = number.invoke("four").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Parse);
    assert_eq!(error.message(), "invalid digit found in string");
    let refused = parser("Refuses", |_: String| {
        Result::<String>::Err(Error::new(ErrorKind::ContentFilter, "no"))
    });
    assert_eq!(refused.invoke("a").await.unwrap_err().kind(), ErrorKind::ContentFilter);
}

#[tokio::test]
async fn a_stream_parser_accepts_answers_and_text() {
    let expected = ["HELLO", "THERE"];
    assert_eq!(words().invoke("hello there").await.unwrap(), expected);
    let model = ChatModel::new(Parrot);
    assert_eq!(model.clone().pipe(words()).invoke("hello there").await.unwrap(), expected);
    let chunks: Vec<_> = model.clone().pipe(words()).stream("hello there").collect().await;
    assert_eq!(chunks[0].as_ref().unwrap(), &["HELLO"]);
    assert_eq!(model.pipe(text()).pipe(words()).invoke("hello there").await.unwrap(), expected);
}

#[test]
fn a_stream_parser_yields_before_the_answer_ends() {
    let answer = stream::iter([Ok(AiMessageChunk::new("one tw"))]).chain(stream::pending());
    let mut call = words::<AiMessage>().transform(answer);
    assert_eq!(call.next().now_or_never().unwrap().unwrap().unwrap(), ["ONE"]);
    assert!(call.next().now_or_never().is_none());
}

#[tokio::test]
async fn the_run_of_a_parser_has_its_name_and_kind() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let listen = || {
        let seen = Arc::clone(&seen);
        RunConfig::new().on_start(move |event| {
            seen.lock().unwrap().push((event.run.name.to_string(), event.run.kind));
        })
    };
    let number = parser("Number", |text: String| text.parse::<u32>());
    number.invoke("1").config(listen()).await.unwrap();
    words().invoke("a").config(listen()).await.unwrap();
    let expected = [("Number".to_owned(), PARSER), ("Words".to_owned(), PARSER)];
    assert_eq!(*seen.lock().unwrap(), expected);
}

#[allow(clippy::needless_borrows_for_generic_args, reason = "the test is about references")]
#[tokio::test]
async fn models_parsers_and_prompts_accept_references() {
    let model = ChatModel::new(Parrot).pipe(text());
    let strings = vec!["a".to_owned(), "b".to_owned()];
    let outputs = |results: Vec<Result<String>>| -> Vec<_> {
        results.into_iter().map(Result::unwrap).collect()
    };
    assert_eq!(outputs(model.batch(&strings).await), strings);
    assert_eq!(outputs(model.batch(&["a", "b"]).await), strings);
    assert_eq!(model.invoke(&strings[0]).await.unwrap(), "a");
    assert_eq!(model.stream(&strings[1]).concat().await.unwrap(), "b");
    assert_eq!(model.batch_as_completed(&strings).next().await.unwrap().1.unwrap(), "a");

    let prompts = [PromptValue::from("a"), PromptValue::from([system("x"), human("b")])];
    assert_eq!(outputs(model.batch(&prompts).await), strings);
    let conversation = vec![system("x"), human("a")];
    assert_eq!(model.invoke(&conversation).await.unwrap(), "a");
    assert_eq!(model.invoke(&conversation[..]).await.unwrap(), "a");
    assert_eq!(model.invoke(&conversation[1]).await.unwrap(), "a");

    let answers = [AiMessage::new("a"), AiMessage::new("b")];
    assert_eq!(outputs(text().batch(&answers).await), strings);
    let values = [dict! { word: "a" }, dict! { word: "b" }];
    assert_eq!(outputs(prompt("{word}").pipe(model).batch(&values).await), strings);
}
