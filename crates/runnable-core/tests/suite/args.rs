//! Access to the values of a `Dict`: by index, as Rust types, and from JSON.

use runnable_core::prelude::*;
use serde::Serialize;
use serde_json::{Value, json};

#[test]
fn a_dict_is_read_by_index() {
    let values = dict! { topic: "cats", r#type: "poem", nested: json!({"a": [1]}) };
    assert_eq!(values["topic"], "cats");
    assert_eq!(values["type"], "poem");
    assert_eq!(values["nested"]["a"][0], 1);
    assert_eq!(values["missing"], Value::Null);
}

#[test]
fn values_of_a_dict_deserialize_as_rust_types() {
    let values = dict! { n: 3, names: vec!["a", "b"], none: Value::Null };
    assert_eq!(values.get_as::<u64>("n").unwrap(), 3);
    assert_eq!(values.get_as::<Vec<String>>("names").unwrap(), ["a", "b"]);
    assert_eq!(values.get_as::<Option<u64>>("none").unwrap(), None);
    assert_eq!(values.get_as::<Option<u64>>("missing").unwrap(), None);
}

#[test]
fn the_error_of_a_dict_says_what_was_expected_and_found() {
    let values = dict! { n: "three", m: -1 };
    let error = values.get_as::<u64>("n").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let message = "invalid value `n`: invalid type: string \"three\", expected u64";
    assert_eq!(error.message(), message);
    let error = values.get_as::<Vec<String>>("x").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let message = "missing value `x`: expected Vec<String>, found only `m`, `n`";
    assert_eq!(error.message(), message);
    let error = Dict::new().get_as::<u64>("x").unwrap_err();
    assert_eq!(error.message(), "missing value `x`: expected u64, found no values");
}

#[test]
fn a_dict_converts_from_json_and_back() {
    let values = dict! { topic: "cats", n: 3 };
    assert_eq!(Dict::from_json(r#"{"topic": "cats", "n": 3}"#).unwrap(), values);
    assert_eq!(values.to_string().parse::<Dict>().unwrap(), values);
    assert_eq!(Dict::try_from(json!({"topic": "cats", "n": 3})).unwrap(), values);
    assert_eq!(serde_json::from_value::<Dict>(Value::from(values.clone())).unwrap(), values);
    assert_eq!(values.iter().map(|(k, v)| (k, v.clone())).collect::<Dict>(), values);

    #[derive(Serialize)]
    struct Question {
        topic: &'static str,
        n: u8,
    }
    assert_eq!(Dict::from_serialize(&Question { topic: "cats", n: 3 }).unwrap(), values);
}

#[test]
fn json_that_is_not_an_object_is_refused() {
    let error = Dict::from_json("[1]").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(error.message(), "invalid named values: expected a JSON object, found an array");
    let error = Dict::from_json("{").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.message().starts_with("invalid named values: expected a JSON object: EOF"));
    let error = Dict::from_serialize(&7).unwrap_err();
    assert_eq!(error.message(), "invalid named values: expected a JSON object, found the number 7");
}

#[allow(clippy::needless_borrows_for_generic_args, reason = "references are what is tested")]
#[tokio::test]
async fn a_batch_accepts_references() {
    let upper = lambda(|text: String| text.to_uppercase());
    let strings = vec!["a".to_owned(), "b".to_owned()];
    let outputs = |results: Vec<Result<String>>| results.into_iter().map(Result::unwrap);
    assert!(outputs(upper.batch(&strings).await).eq(["A", "B"]));
    assert!(outputs(upper.batch(strings.as_slice()).await).eq(["A", "B"]));
    assert!(outputs(upper.batch(strings.iter()).await).eq(["A", "B"]));
    assert!(outputs(upper.batch(&[String::from("a")]).await).eq(["A"]));
    assert_eq!(upper.invoke(&strings[0]).await.unwrap(), "A");
    assert_eq!(upper.stream(&strings[1]).concat().await.unwrap(), "B");
    let mut completed = upper.batch_as_completed(&strings);
    assert_eq!(completed.next().await.unwrap().1.unwrap(), "A");

    let topic = lambda(|values: Dict| values["topic"].to_string());
    let values = [dict! { topic: 1 }, dict! { topic: 2 }];
    assert!(outputs(topic.batch(&values).await).eq(["1", "2"]));
    assert_eq!(topic.invoke(&values[1]).await.unwrap(), "2");
}
