//! `#[derive(Chunked)]` in every form.

use runnable::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Chunked)]
struct Answer {
    title: String,
    sources: Vec<String>,
    r#type: Option<Kind>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Chunked)]
enum Kind {
    Short,
    Long,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, runnable::Chunked)]
struct Score(u8);

#[derive(Clone, Debug, PartialEq, Serialize, Chunked)]
#[chunked(whole)]
struct Pair<T: Clone + std::fmt::Debug + Send + Serialize + 'static> {
    both: (T, T),
}

#[derive(Clone, Debug, PartialEq, Serialize, Chunked)]
#[chunked(crate = runnable::core)]
struct Named {
    name: String,
}

#[tokio::test]
async fn the_derive_finds_its_crate_through_runnable() {
    let mut chunk = AnswerChunk { title: Some("a".into()), ..Default::default() };
    chunk.merge(AnswerChunk {
        title: Some("b".into()),
        r#type: Some(Some(Kind::Long)),
        ..Default::default()
    });
    let expected = Answer { title: "ab".into(), sources: vec![], r#type: Some(Kind::Long) };
    assert_eq!(Answer::from_chunk(chunk).unwrap(), expected);

    assert_eq!(passthrough::<Kind>().stream(Kind::Short).gather().await.unwrap(), Kind::Short);
    assert_eq!(passthrough::<Score>().stream(Score(1)).gather().await.unwrap(), Score(1));
    let pair = Pair { both: (1, 2) };
    assert_eq!(passthrough::<Pair<i32>>().stream(pair.clone()).gather().await.unwrap(), pair);
    let named = Named { name: "a".into() };
    assert_eq!(passthrough::<Named>().stream(named.clone()).gather().await.unwrap(), named);
}

#[tokio::test]
async fn json_is_read_as_a_derived_type() {
    let read: Answer =
        json().invoke(r#"{"title": "a", "sources": [], "type": "Short"}"#).await.unwrap();
    assert_eq!(read, Answer { title: "a".into(), sources: vec![], r#type: Some(Kind::Short) });
}
