//! The chunks that `#[derive(Chunked)]` generates.

use runnable_core::{AtOnce, Chunk, Chunked, impl_at_once};
use serde::Serialize;
use serde_json::json;

#[derive(Clone, Debug, PartialEq, Serialize, Chunked)]
struct Answer {
    text: String,
    sources: Vec<String>,
    r#type: Option<String>,
    score: Score,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Score(f64);
impl_at_once!(Score);

#[derive(Clone, Debug, PartialEq, Serialize, Chunked)]
enum Verdict {
    Yes,
    No { because: String },
}

#[derive(Clone, Debug, PartialEq, Serialize, Chunked)]
#[chunked(at_once)]
struct Generic<T: Clone + std::fmt::Debug + Send + Serialize + 'static> {
    value: T,
}

#[derive(Clone, Debug, PartialEq, Serialize, Chunked)]
struct Texts {
    title: String,
    body: String,
}

#[test]
fn a_struct_merges_field_by_field() {
    let mut chunk =
        AnswerChunk { text: Some("Ye".into()), sources: None, r#type: None, score: None };
    chunk.merge(AnswerChunk {
        text: Some("s".into()),
        sources: Some(vec!["a".into()]),
        r#type: None,
        score: Some(Score(0.5)),
    });
    let (text, sources) = ("Yes".to_owned(), vec!["a".to_owned()]);
    let answer = Answer { text, sources, r#type: None, score: Score(0.5) };
    assert_eq!(Answer::from_chunk(chunk).unwrap(), answer);
    assert_eq!(Answer::from_chunk(answer.clone().into_chunk()).unwrap(), answer);
}

#[test]
fn a_chunk_serializes_only_its_new_content() {
    let chunk = AnswerChunk {
        text: Some("Yes".into()),
        sources: None,
        r#type: Some(Some("short".into())),
        score: None,
    };
    assert_eq!(serde_json::to_value(&chunk).unwrap(), json!({"text": "Yes", "type": "short"}));
}

#[test]
fn a_field_without_chunks_is_empty_if_its_type_allows() {
    let chunk = TextsChunk { title: Some("T".into()), body: None };
    let texts = Texts { title: "T".into(), body: String::new() };
    assert_eq!(Texts::from_chunk(chunk).unwrap(), texts);
    assert_eq!(Texts::from_no_chunks().unwrap().title, "");

    let chunk = AnswerChunk { text: Some("Yes".into()), sources: None, r#type: None, score: None };
    assert!(Answer::from_chunk(chunk).is_err(), "a score has no empty value");
}

#[test]
fn an_enum_is_passed_as_one_value() {
    let mut chunk = Verdict::Yes.into_chunk();
    chunk.merge(Verdict::No { because: "late".into() });
    assert_eq!(Verdict::from_chunk(chunk).unwrap(), Verdict::No { because: "late".into() });
}

#[test]
fn values_passed_at_once_can_be_generic_or_foreign() {
    let mut chunk = Generic { value: 1u8 }.into_chunk();
    chunk.merge(Generic { value: 2 });
    assert_eq!(Generic::from_chunk(chunk).unwrap(), Generic { value: 2 });

    let foreign = AtOnce(std::time::Duration::from_secs(1));
    assert_eq!(AtOnce::from_chunk(foreign.into_chunk()).unwrap(), foreign);
}

#[derive(Clone, Debug, PartialEq, Serialize, Chunked)]
#[serde(rename_all = "camelCase")]
struct Card {
    first_name: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(rename(serialize = "n", deserialize = "m"), skip_serializing_if = "Option::is_none")]
    number: Option<u64>,
    #[serde(skip)]
    hidden_note: String,
    #[serde(default)]
    r#loop: bool,
}

#[derive(Clone, Debug, Serialize, Chunked)]
#[serde(deny_unknown_fields, rename_all(serialize = "SCREAMING-KEBAB-CASE"))]
struct Loud {
    last_name: String,
}

#[test]
fn the_json_of_a_chunk_has_the_field_names_of_the_value() {
    let card = Card {
        first_name: "Ada".into(),
        kind: "person".into(),
        number: Some(7),
        hidden_note: "secret".into(),
        r#loop: true,
    };
    let value = serde_json::to_value(&card).unwrap();
    assert_eq!(value, json!({"firstName": "Ada", "type": "person", "n": 7, "loop": true}));
    assert_eq!(serde_json::to_value(card.into_chunk()).unwrap(), value);
    let chunk = CardChunk { first_name: Some("A".into()), ..CardChunk::default() };
    assert_eq!(serde_json::to_value(chunk).unwrap(), json!({"firstName": "A"}));
    let loud = Loud { last_name: "Byron".into() };
    let value = serde_json::to_value(&loud).unwrap();
    assert_eq!(serde_json::to_value(loud.into_chunk()).unwrap(), value);
}
