//! Tests the macros, imported with the prelude and named by their paths.

use runnable::prelude::*;
use serde::Serialize;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Chunked)]
struct State {
    question: String,
    words: Vec<String>,
    answer: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Length(usize);
impl_at_once!(Length);

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Weight(usize);
runnable::impl_at_once!(Weight);

#[tokio::test]
async fn the_macros_work_through_the_prelude() {
    let words = pick!(State.question)
        .pipe(lambda(|text: String| text.split(' ').map(str::to_owned).collect::<Vec<_>>()));
    let answer = pick!(State.words).pipe(lambda(|words: Vec<String>| words.concat()));
    let chain = assign!(State { words: words }).pipe(assign!(State { answer: answer }));
    let state = State { question: "a b".into(), ..State::default() };
    let answered = chain.stream(state).concat().await.unwrap();
    assert_eq!((answered.answer.as_str(), answered.words.len()), ("ab", 2));

    let both = parallel_struct!(State {
        question: passthrough::<String>(),
        words: lambda(|text: String| vec![text]),
        answer: lambda(|text: String| text.to_uppercase()),
    });
    assert_eq!(both.invoke("a").await.unwrap().answer, "A");
    let by_path = runnable::parallel_struct!(self::State {
        question: passthrough::<String>(),
        words: lambda(|text: String| vec![text]),
        answer: lambda(|text: String| text.to_uppercase()),
    });
    assert_eq!(by_path.invoke("a").await.unwrap().answer, "A");

    let length = lambda(|text: String| Length(text.len()));
    assert_eq!(length.invoke("four").await.unwrap(), Length(4));
    assert_eq!(dict! { n: 1 }.get_as::<u8>("n").unwrap(), 1);
}

#[tokio::test]
async fn the_macros_work_by_path() {
    let answer = runnable::pick!(State.question).pipe(lambda(|text: String| text.to_uppercase()));
    let chain = runnable::assign!(State { answer: answer });
    let state = State { question: "a".into(), ..State::default() };
    assert_eq!(chain.invoke(state).await.unwrap().answer, "A");
    let weight = lambda(|text: String| Weight(text.len()));
    assert_eq!(weight.invoke("four").await.unwrap(), Weight(4));
    assert_eq!(runnable::dict! { n: 1 }["n"], 1);
}
