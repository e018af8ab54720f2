//! The JSON parsers: accepted answers, streamed values, and errors.

use futures::{FutureExt, StreamExt, executor::block_on, stream};
use proptest::{collection::vec, prelude::*, sample::Index};
use runnable_chat::{
    message::{BlockChunk, RefusalBlock},
    prelude::*,
};
use runnable_core::impl_at_once;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value, json};

/// Parses an answer in chunks. Returns the streamed values, and the error if the stream fails.
fn shown<T: Into<String>>(pieces: impl IntoIterator<Item = T>) -> (Vec<Value>, Result<()>) {
    let pieces: Vec<_> = pieces.into_iter().map(|p| Ok(AiMessageChunk::new(p))).collect();
    let items: Vec<_> = block_on(json_value().transform(stream::iter(pieces)).collect());
    let mut end = Ok(());
    let mut known = Vec::new();
    for item in items {
        match item {
            Ok(chunk) => known.push(serde_json::to_value(chunk).unwrap()),
            Err(error) => end = Err(error),
        }
    }
    (known, end)
}

fn whole_of(text: &str) -> Result<Value> {
    block_on(json_value().invoke(AiMessage::new(text)))
}

/// Parses an answer with one chunk per character, and returns the streamed values.
fn letters(text: &str) -> Vec<Value> {
    let (known, end) = shown(text.chars());
    end.unwrap();
    known
}

#[test]
fn a_growing_string_is_shown_without_an_incomplete_escape() {
    let (known, end) = shown(["[\"a\\", "n\\u00", "e9\\ud83d", "\\ude00", "\"", "]"]);
    end.unwrap();
    assert_eq!(known, [json!(["a"]), json!(["a\n"]), json!(["a\né"]), json!(["a\né😀"])]);
}

#[test]
fn a_lone_surrogate_becomes_a_replacement_character() {
    assert_eq!(whole_of(r#"["\ud83d", "\ud83dx", "\ude00", "\ud83d\ud83d\ude00"]"#).unwrap(), {
        json!(["\u{fffd}", "\u{fffd}x", "\u{fffd}", "\u{fffd}😀"])
    });
}

#[test]
fn a_growing_number_is_shown_while_it_is_valid() {
    assert_eq!(letters("[-1.50e+2]"), [json!([]), json!([-1]), json!([-1.5]), json!([-150.0])]);
}

#[test]
fn keys_and_literals_are_shown_when_complete() {
    assert_eq!(letters(r#"{"ab": true}"#), [json!({}), json!({"ab": true})]);
    assert_eq!(letters(r#"[null, {}]"#), [json!([]), json!([null]), json!([null, {}])]);
}

#[test]
fn a_chunk_that_changes_nothing_is_skipped() {
    let (known, end) = shown(["{", " \n", "\"k", "ey\"", ":", " [", "]", "}", " ", "bye"]);
    end.unwrap();
    assert_eq!(known, [json!({}), json!({"key": []})]);
}

#[test]
fn code_fences_and_surrounding_text_are_accepted() {
    let object = json!({"a": 1});
    for text in [
        "{\"a\": 1}",
        "  \n{\"a\": 1}\n",
        "```json\n{\"a\": 1}\n```",
        "```\n{\"a\": 1}\n```",
        "```JSON {\"a\": 1}```",
        "`{\"a\": 1}`",
        "Here you are:\n```json\n{\"a\": 1}\n```\nAnything else?",
        "First `this`, then\n```python\nprint(1)\n```\nand\n```json\n{\"a\": 1}\n```",
        "{\"a\": 1} is {what} you want }]",
    ] {
        assert_eq!(whole_of(text).unwrap(), object, "{text}");
        assert_eq!(*letters(text).last().unwrap(), object, "{text}");
    }
}

#[test]
fn a_number_or_literal_is_json_only_if_it_stands_alone() {
    for (text, value) in
        [("42", json!(42)), (" true\n", json!(true)), ("```\n-1.5\n```\nSo.", json!(-1.5))]
    {
        assert_eq!(whole_of(text).unwrap(), value);
        assert_eq!(letters(text), [value]);
    }
    assert_eq!(whole_of("null").unwrap(), Value::Null);
    assert!(letters("null").is_empty());
    for text in ["3 apples", "1. First", "true story", "json", "", "Hello", "42 43"] {
        assert_eq!(whole_of(text).unwrap_err().kind(), ErrorKind::Parse, "{text}");
    }
}

#[test]
fn line_breaks_in_a_string_need_no_escape() {
    assert_eq!(whole_of("{\"poem\": \"a\n\tb\"}").unwrap(), json!({"poem": "a\n\tb"}));
}

#[test]
fn an_error_contains_the_position_and_an_excerpt() {
    let assert_error = |text: &str, parts: [&str; 3]| {
        let error = whole_of(text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Parse);
        for part in parts {
            assert!(error.message().contains(part), "{error}");
        }
    };
    let key = ["line 3, column 3", "expected a key in double quotes", "⟨here⟩b: 2"];
    assert_error("{\n  \"a\": 1,\n  b: 2\n}", key);
    assert_error("{\"a\": 1 \"b\"}", ["column 9", "expected `,` or `}`", "1 ⟨here⟩\"b\""]);
    assert_error("[1 2]", ["column 4", "expected `,` or `]`", "[1 ⟨here⟩2]"]);
    assert_error("{\"a\" 1}", ["column 6", "expected `:`", "⟨here⟩1}"]);
    assert_error("[1}", ["column 3", "expected `,` or `]`", "⟨here⟩}"]);
    assert_error("[1,]", ["column 4", "expected a value", "⟨here⟩]"]);
    assert_error("[01]", ["column 3", "expected `,` or `]`", "[0⟨here⟩1]"]);
    assert_error("[1.]", ["column 4", "incomplete number `1.`", "⟨here⟩]"]);
    assert_error("[1e999]", ["column 7", "out of range", "⟨here⟩]"]);
    assert_error("[tru]", ["column 5", "did you mean `true`", "⟨here⟩]"]);
    assert_error(r#"["\d"]"#, ["column 4", r"invalid escape `\d`", "⟨here⟩d"]);
    assert_error(r#"["\u00x"]"#, ["column 7", "hexadecimal", "⟨here⟩x"]);
    assert_error("Sorry, no.", ["no JSON found", "begins with", "`Sorry, no.`"]);
    assert_error(&"[".repeat(129), ["column 129", "deeper than 128", "⟨here⟩["]);
}

#[test]
fn the_start_of_a_long_number_is_shown() {
    let text = format!("[0.{}]", "1".repeat(10_000));
    let known = letters(&text);
    // The number is not parsed for each digit, which would take quadratic time.
    assert!(known.len() < 70, "{} chunks", known.len());
    assert_eq!(known.last(), Some(&whole_of(&text).unwrap()));
    let known = letters(&format!("[{}]", "1".repeat(70)));
    assert_eq!(
        known[known.len() - 2..],
        [json!([1.111_111_111_111_111_1e63]), json!([1.111_111_111_111_111_1e69])]
    );
    let error = whole_of(&format!("[{}]", "1".repeat(1_000))).unwrap_err();
    assert!(error.message().contains("111…` is out of range"), "{error}");
}

#[test]
fn a_long_value_makes_no_long_error() {
    let text = format!("{{\"age\": \"{}\"}}", "z".repeat(10_000));
    let ages = json::<std::collections::BTreeMap<String, u8>>();
    let error = block_on(RunnableExt::invoke(&ages, AiMessage::new(text))).unwrap_err();
    assert!(error.message().contains("at `age`: invalid type: string \"zz"), "{error}");
    assert!(error.message().contains("zz\", expected u8; the JSON is"), "{error}");
    assert!(error.message().len() < 500, "{error}");
}

#[test]
fn truncated_json_streams_its_start_and_then_fails() {
    let (known, end) = shown(["{\"a\": [1, 2", ", 3"]);
    assert_eq!(known, [json!({"a": [1, 2]}), json!({"a": [1, 2, 3]})]);
    let error = end.unwrap_err();
    assert!(error.message().contains("unterminated array"), "{error}");

    let answer = AiMessageChunk::new("{\"a\": \"x").with_finish_reason(FinishReason::Length);
    let answer = AiMessage::from_chunk(answer).unwrap();
    let error = block_on(json_value().invoke(answer)).unwrap_err();
    assert!(error.message().contains("unterminated string"), "{error}");
    assert!(error.message().contains("raise `max_tokens`"), "{error}");
}

#[test]
fn invalid_json_streams_its_start_and_stops_the_model() {
    let model = stream::iter([Ok(AiMessageChunk::new("{\"a\": 1, b"))]).chain(stream::pending());
    let mut known = json_value().transform(model);
    let chunk = known.next().now_or_never().unwrap().unwrap().unwrap();
    assert_eq!(serde_json::to_value(chunk).unwrap(), json!({"a": 1}));
    known.next().now_or_never().unwrap().unwrap().unwrap_err();
}

#[test]
fn a_refusal_is_an_error_with_the_text_of_the_model() {
    let pieces = ["I can’t ", "help."].map(|part| Ok(BlockChunk::refusal(part).into()));
    let error = block_on(json_value().transform(stream::iter(pieces)).next()).unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ContentFilter);
    assert!(error.message().contains("I can’t help."), "{error}");

    let whole = AiMessage::new("").with_block(ContentBlock::Refusal(RefusalBlock::new("No.")));
    let error = block_on(json::<Person>().invoke(whole)).unwrap_err();
    assert_eq!((error.kind(), error.message().contains("No.")), (ErrorKind::ContentFilter, true));
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Person {
    name: String,
    tags: Vec<String>,
}

impl_at_once!(Person);

#[test]
fn an_answer_is_deserialized_as_the_inferred_type() {
    let ada = || AiMessage::new("```json\n{\"name\": \"Ada\", \"tags\": []}\n```");
    let person: Person = block_on(json().invoke(ada())).unwrap();
    assert_eq!(person, Person { name: "Ada".into(), tags: vec![] });
    let name = json().pipe(lambda(|person: Person| person.name));
    assert_eq!(block_on(name.invoke(ada())).unwrap(), "Ada");
    let numbers: Vec<u8> = block_on(json().invoke(AiMessage::new("[1, 2]"))).unwrap();
    assert_eq!(numbers, [1, 2]);
}

#[test]
fn an_error_names_the_field_of_the_wrong_type() {
    let answer = AiMessage::new("{\"name\": \"Ada\", \"tags\": [\"x\", 3]}");
    let error = block_on(json::<Person>().invoke(answer)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Parse);
    for part in ["as `Person`", "`tags[1]`", "expected a string", "{\"name\":\"Ada\""] {
        assert!(error.message().contains(part), "{error}");
    }
    let error = block_on(json::<Vec<Person>>().invoke(AiMessage::new("{}"))).unwrap_err();
    assert!(error.message().contains("as `Vec<Person>`"), "{error}");
    let error = block_on(json::<Person>().invoke(AiMessage::new("[]"))).unwrap_err();
    assert!(error.message().contains("`[]`"), "{error}");
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>()
            .prop_filter_map("JSON has finite numbers", |n| Number::from_f64(n).map(Value::from)),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((".{0,4}", inner), 0..4)
                .prop_map(|members| members.into_iter().collect::<Map<_, _>>().into()),
        ]
    })
}

/// Splits a text at these places.
fn cut(text: &str, places: &[Index]) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let mut places: Vec<_> = places.iter().map(|place| place.index(letters.len() + 1)).collect();
    places.extend([0, letters.len()]);
    places.sort_unstable();
    places.windows(2).map(|cut| letters[cut[0]..cut[1]].iter().collect()).collect()
}

/// Returns `true` if `known` can be an earlier state of `whole`.
fn can_become(known: &Value, whole: &Value) -> bool {
    match (known, whole) {
        (Value::String(known), Value::String(whole)) => whole.starts_with(&**known),
        (Value::Number(_), Value::Number(_)) => true,
        (Value::Array(known), Value::Array(whole)) => {
            known.len() <= whole.len() && known.iter().zip(whole).all(|(k, w)| can_become(k, w))
        }
        (Value::Object(known), Value::Object(whole)) => {
            known.iter().all(|(key, k)| whole.get(key).is_some_and(|w| can_become(k, w)))
        }
        _ => known == whole,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn chunks_lead_to_the_value_for_any_chunk_boundaries(
        value in values(), pretty: bool, places in vec(any::<Index>(), 0..12),
    ) {
        let text = if pretty { serde_json::to_string_pretty(&value).unwrap() } else { value.to_string() };
        // Read the value back, because serde_json does not keep the last bit of every number.
        let value: Value = serde_json::from_str(&text).unwrap();
        let (known, end) = shown(cut(&text, &places));
        end.unwrap();
        for known in &known {
            prop_assert!(can_become(known, &value), "{known} in {text}");
        }
        for pair in known.windows(2) {
            prop_assert_ne!(&pair[0], &pair[1]);
            prop_assert!(can_become(&pair[0], &pair[1]), "{} then {}", pair[0], pair[1]);
        }
        prop_assert_eq!(known.last().unwrap_or(&Value::Null), &value);
        prop_assert_eq!(whole_of(&text).unwrap(), value);
    }

    /// The parser accepts more than serde_json does. It must not panic for any text.
    #[test]
    fn any_json_that_serde_json_accepts_gives_the_same_value(
        text in "[\\[\\]{}\",:0-9.eE+\\-truefalsn\\\\ \n`josu]{0,24}", places in vec(any::<Index>(), 0..4),
    ) {
        let (known, end) = shown(cut(&text, &places));
        let whole = whole_of(&text);
        prop_assert_eq!(end.is_ok(), whole.is_ok());
        if let Ok(whole) = whole {
            prop_assert_eq!(known.last().unwrap_or(&Value::Null), &whole);
        }
        if let Ok(value) = serde_json::from_str::<Value>(&text) {
            prop_assert_eq!(known.last().unwrap_or(&Value::Null), &value);
        }
    }
}
