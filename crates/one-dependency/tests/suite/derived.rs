//! `#[derive(Chunked)]` for all kinds of types.

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
#[chunked(at_once)]
struct Pair<T> {
    both: (T, T),
}

#[derive(Clone, Debug, PartialEq, Serialize, Chunked)]
#[chunked(crate = runnable)]
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

    assert_eq!(passthrough::<Kind>().stream(Kind::Short).concat().await.unwrap(), Kind::Short);
    assert_eq!(passthrough::<Score>().stream(Score(1)).concat().await.unwrap(), Score(1));
    let pair = Pair { both: (1, 2) };
    assert_eq!(passthrough::<Pair<i32>>().stream(pair.clone()).concat().await.unwrap(), pair);
    let named = Named { name: "a".into() };
    assert_eq!(passthrough::<Named>().stream(named.clone()).concat().await.unwrap(), named);
}

/// A struct with a private field, used by another module.
mod guarded {
    use runnable::prelude::*;
    use serde::Serialize;

    #[derive(Clone, Debug, Default, Serialize, Chunked)]
    pub(super) struct Report {
        secret: String,
        pub(super) shown: String,
    }

    impl Report {
        pub(super) fn new(shown: String) -> Self {
            Self { secret: "s".to_owned(), shown }
        }

        pub(super) fn secret(&self) -> &str {
            &self.secret
        }
    }
}

#[tokio::test]
async fn derived_chunks_keep_the_visibility_of_fields() {
    let report = lambda(guarded::Report::new);
    let shown = report.clone().pipe(pick!(guarded::Report.shown));
    assert_eq!(shown.invoke("a").await.unwrap(), "a");
    let secret = lambda(|report: guarded::Report| report.secret().to_owned());
    let replaced = report.pipe(assign!(guarded::Report { shown: secret }));
    assert_eq!(replaced.stream("a").concat().await.unwrap().shown, "s");
}

#[derive(Clone, Debug, PartialEq, Serialize, Chunked)]
enum Either<T, const N: usize>
where
    T: Copy,
{
    Many([T; 2]),
    One(T),
}

impl<T: Copy, const N: usize> Either<T, N> {
    fn first(self) -> T {
        match self {
            Self::Many([first, _]) | Self::One(first) => first,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Chunked)]
struct Nothing;

#[derive(Clone, Debug, PartialEq, Serialize, Chunked)]
struct NoFields {}

#[tokio::test]
async fn the_derive_adds_the_bounds_of_generic_types() {
    let first = lambda(|either: Either<u8, 3>| (either.first(), Nothing, NoFields {}));
    let expected = (1, Nothing, NoFields {});
    assert_eq!(first.invoke(Either::One(1)).await.unwrap(), expected);
    assert_eq!(first.invoke(Either::Many([1, 2])).await.unwrap(), expected);
    let pair = Pair { both: ("a".to_owned(), "b".to_owned()) };
    assert_eq!(passthrough::<Pair<String>>().stream(pair.clone()).concat().await.unwrap(), pair);
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Chunked)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wire {
    #[serde(default)]
    user_name: String,
    #[serde(skip)]
    cached: Option<String>,
}

#[tokio::test]
async fn serde_attributes_work_with_the_derive() {
    let read: Wire = json().invoke(r#"{"userName": "ada"}"#).await.unwrap();
    assert_eq!(read, Wire { user_name: "ada".into(), cached: None });
    assert_eq!(passthrough::<Wire>().stream(read.clone()).concat().await.unwrap(), read);
}

#[tokio::test]
async fn json_is_read_as_a_derived_type() {
    let read: Answer =
        json().invoke(r#"{"title": "a", "sources": [], "type": "Short"}"#).await.unwrap();
    assert_eq!(read, Answer { title: "a".into(), sources: vec![], r#type: Some(Kind::Short) });
}
