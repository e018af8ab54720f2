//! JSON parsers: what they read, what they show while an answer comes, and what they refuse.

use futures::{FutureExt, StreamExt, executor::block_on, stream};
use proptest::{collection::vec, prelude::*, sample::Index};
use runnable_chat::{
    message::{BlockChunk, RefusalBlock},
    prelude::*,
};
use runnable_core::impl_at_once;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value, json};

/// What is known after each piece of an answer that adds something, and how it ended.
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

/// Every character is a piece.
fn letters(text: &str) -> Vec<Value> {
    let (known, end) = shown(text.chars());
    end.unwrap();
    known
}

#[test]
fn a_text_shows_as_it_grows_and_a_half_escape_does_not() {
    let (known, end) = shown(["[\"a\\", "n\\u00", "e9\\ud83d", "\\ude00", "\"", "]"]);
    end.unwrap();
    assert_eq!(known, [json!(["a"]), json!(["a\n"]), json!(["a\né"]), json!(["a\né😀"])]);
}

#[test]
fn half_a_character_is_a_mark_of_its_own() {
    assert_eq!(whole_of(r#"["\ud83d", "\ud83dx", "\ude00", "\ud83d\ud83d\ude00"]"#).unwrap(), {
        json!(["\u{fffd}", "\u{fffd}x", "\u{fffd}", "\u{fffd}😀"])
    });
}

#[test]
fn a_number_shows_where_it_is_one() {
    assert_eq!(letters("[-1.50e+2]"), [json!([]), json!([-1]), json!([-1.5]), json!([-150.0])]);
}

#[test]
fn keys_and_words_show_when_they_are_whole() {
    assert_eq!(letters(r#"{"ab": true}"#), [json!({}), json!({"ab": true})]);
    assert_eq!(letters(r#"[null, {}]"#), [json!([]), json!([null]), json!([null, {}])]);
}

#[test]
fn what_a_chunk_does_not_add_to_gives_no_chunk() {
    let (known, end) = shown(["{", " \n", "\"k", "ey\"", ":", " [", "]", "}", " ", "bye"]);
    end.unwrap();
    assert_eq!(known, [json!({}), json!({"key": []})]);
}

#[test]
fn fences_and_text_around_are_tolerated() {
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
fn a_number_or_a_word_is_the_answer_if_it_stands_alone() {
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
fn line_breaks_in_a_text_need_not_be_escaped() {
    assert_eq!(whole_of("{\"poem\": \"a\n\tb\"}").unwrap(), json!({"poem": "a\n\tb"}));
}

#[test]
fn what_is_wrong_is_told_with_its_place_and_an_excerpt() {
    let says = |text: &str, parts: [&str; 3]| {
        let error = whole_of(text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Parse);
        for part in parts {
            assert!(error.message().contains(part), "{error}");
        }
    };
    says("{\n  \"a\": 1,\n  b: 2\n}", ["line 3, column 3", "a key in double quotes", "⟨here⟩b: 2"]);
    says("{\"a\": 1 \"b\"}", ["column 9", "`,` or `}` is missing", "1 ⟨here⟩\"b\""]);
    says("[1 2]", ["column 4", "`,` or `]`", "[1 ⟨here⟩2]"]);
    says("{\"a\" 1}", ["column 6", "`:` is missing", "⟨here⟩1}"]);
    says("[1}", ["column 3", "`,` or `]`", "⟨here⟩}"]);
    says("[1,]", ["column 4", "a value is missing", "⟨here⟩]"]);
    says("[01]", ["column 3", "`,` or `]`", "[0⟨here⟩1]"]);
    says("[1.]", ["column 4", "`1.` is half a number", "⟨here⟩]"]);
    says("[1e999]", ["column 7", "out of range", "⟨here⟩]"]);
    says("[tru]", ["column 5", "was `true` meant", "⟨here⟩]"]);
    says(r#"["\d"]"#, ["column 4", r"`\d` means nothing", "⟨here⟩d"]);
    says(r#"["\u00x"]"#, ["column 7", "hexadecimal", "⟨here⟩x"]);
    says("Sorry, no.", ["no JSON in the answer", "begins", "`Sorry, no.`"]);
    says(&"[".repeat(129), ["column 129", "deeper than 128", "⟨here⟩["]);
}

#[test]
fn json_that_ends_too_soon_is_an_error_after_what_could_be_read() {
    let (known, end) = shown(["{\"a\": [1, 2", ", 3"]);
    assert_eq!(known, [json!({"a": [1, 2]}), json!({"a": [1, 2, 3]})]);
    let error = end.unwrap_err();
    assert!(error.message().contains("a list is not closed"), "{error}");

    let answer = AiMessageChunk::new("{\"a\": \"x").with_finish_reason(FinishReason::Length);
    let answer = AiMessage::from_chunk(answer).unwrap();
    let error = block_on(json_value().invoke(answer)).unwrap_err();
    assert!(error.message().contains("a text is not closed"), "{error}");
    assert!(error.message().contains("raise `max_tokens`"), "{error}");
}

#[test]
fn wrong_json_shows_what_came_before_it_and_stops_the_model() {
    let model = stream::iter([Ok(AiMessageChunk::new("{\"a\": 1, b"))]).chain(stream::pending());
    let mut known = json_value().transform(model);
    let chunk = known.next().now_or_never().unwrap().unwrap().unwrap();
    assert_eq!(serde_json::to_value(chunk).unwrap(), json!({"a": 1}));
    known.next().now_or_never().unwrap().unwrap().unwrap_err();
}

#[test]
fn a_refusal_is_an_error_in_the_words_of_the_model() {
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
fn an_answer_becomes_the_type_that_is_wanted() {
    let ada = || AiMessage::new("```json\n{\"name\": \"Ada\", \"tags\": []}\n```");
    let person: Person = block_on(json().invoke(ada())).unwrap();
    assert_eq!(person, Person { name: "Ada".into(), tags: vec![] });
    let name = json().pipe(lambda(|person: Person| person.name));
    assert_eq!(block_on(name.invoke(ada())).unwrap(), "Ada");
    let numbers: Vec<u8> = block_on(json().invoke(AiMessage::new("[1, 2]"))).unwrap();
    assert_eq!(numbers, [1, 2]);
}

#[test]
fn json_of_another_type_is_told_with_its_place() {
    let wrong = AiMessage::new("{\"name\": \"Ada\", \"tags\": [\"x\", 3]}");
    let error = block_on(json::<Person>().invoke(wrong)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Parse);
    for part in ["no Person", "`tags[1]`", "expected a string", "{\"name\":\"Ada\""] {
        assert!(error.message().contains(part), "{error}");
    }
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

/// A text in pieces, cut at these places.
fn cut(text: &str, places: &[Index]) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let mut places: Vec<_> = places.iter().map(|place| place.index(letters.len() + 1)).collect();
    places.extend([0, letters.len()]);
    places.sort_unstable();
    places.windows(2).map(|cut| letters[cut[0]..cut[1]].iter().collect()).collect()
}

/// Whether a value can become another by what comes after it.
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
    fn however_it_is_cut_the_last_chunk_is_the_value_and_all_lead_to_it(
        value in values(), pretty: bool, places in vec(any::<Index>(), 0..12),
    ) {
        let text = match pretty {
            true => serde_json::to_string_pretty(&value).unwrap(),
            false => value.to_string(),
        };
        // As serde_json reads it: it does not keep the last bit of every number.
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

    /// What serde_json reads, we read as the same, and nothing makes us panic.
    #[test]
    fn any_text_is_read_as_serde_json_does_or_more_leniently(
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
