//! Inputs from JSONL.

use futures::executor::block_on;
use runnable_core::Dict;
use runnable_jobs::{JobInputs, ReadItem, inputs::JsonLinesInputs};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::read_all::{TestFolder, read_all, read_items, read_lines};

#[test]
fn the_key_of_an_item_is_the_number_of_its_line() {
    let folder = TestFolder::new();
    let path = folder.file("in.jsonl", "\u{feff}{\"a\": 1}\r\n\n  \n[2]\n\"three\"");
    let items = read_items::<Value>(JsonLinesInputs::open(path));
    let expected = [("1", json!({ "a": 1 })), ("4", json!([2])), ("5", json!("three"))];
    assert_eq!(items, expected.map(|(key, input)| (key.to_owned(), input)));
}

#[test]
fn a_key_is_a_string_or_an_integer() {
    let folder = TestFolder::new();
    let lines = r#"{"id": "a"}
{"id": 18446744073709551615}
{"id": 1.5}
{"id": null}
{"id": ""}
{"no": 1}
[1]"#;
    let lines = read_lines(JsonLinesInputs::open(folder.file("in.jsonl", lines)).key("id"));
    assert_eq!(
        lines,
        [
            r#"a: {"id":"a"}"#,
            r#"18446744073709551615: {"id":18446744073709551615}"#,
            "line 3: invalid line 3 of `in.jsonl`: expected a string or an integer as the key `id`, \
             found a number with a fraction; it begins with `{\"id\": 1.5}`",
            "line 4: invalid line 4 of `in.jsonl`: expected a string or an integer as the key `id`, \
             found null; it begins with `{\"id\": null}`",
            "line 5: invalid line 5 of `in.jsonl`: expected a string or an integer as the key `id`, \
             found an empty string; it begins with `{\"id\": \"\"}`",
            "line 6: invalid line 6 of `in.jsonl`: expected a string or an integer as the key `id`, \
             found no such field; it begins with `{\"no\": 1}`",
            "line 7: invalid line 7 of `in.jsonl`: expected a JSON object; it begins with `[1]`",
        ]
    );
}

#[test]
fn an_input_can_be_a_field_of_its_line() {
    let folder = TestFolder::new();
    let path = folder.file("in.jsonl", "{\"key\": \"a\", \"input\": [1]}\n{\"key\": \"b\"}\n");
    assert_eq!(
        read_lines(JsonLinesInputs::open(path).key("key").input_field("input")),
        [
            "a: [1]",
            "line 2: invalid line 2 of `in.jsonl`: expected an input in the field `input`, found no \
             such field; it begins with `{\"key\": \"b\"}`",
        ]
    );
}

#[test]
fn an_invalid_line_is_an_item_of_its_own() {
    let folder = TestFolder::new();
    let path =
        folder.file("in.jsonl", b"{\"a\": }\n\"\xff\"\n1 2\n{\"long\": \"0123456789\"}\n3\n");
    assert_eq!(
        read_lines(JsonLinesInputs::open(&path).max_line_bytes(16)),
        [
            "1: invalid line 1 of `in.jsonl`: expected JSON: expected value at column 7; it begins \
             with `{\"a\": }`",
            "2: invalid line 2 of `in.jsonl`: expected text in UTF-8, found another byte at 2; it \
             begins with `\"\u{fffd}\"`",
            "3: invalid line 3 of `in.jsonl`: expected JSON: trailing characters at column 3; it \
             begins with `1 2`",
            "4: invalid line 4 of `in.jsonl`: expected at most 16 bytes; it begins with \
             `{\"long\": \"01234567`",
            "5: 3",
        ]
    );
}

#[test]
fn a_failed_item_keeps_the_text_of_its_line() {
    let folder = TestFolder::new();
    let path = folder.file("in.jsonl", "{\"a\": 1,}\n");
    let items = read_all::<Dict>(JsonLinesInputs::open(path));
    let [Ok(ReadItem::Malformed { key, text, error })] = &items[..] else { panic!("{items:?}") };
    assert_eq!((&**key, &**text), ("1", "{\"a\": 1,}"));
    assert_eq!(error.kind(), runnable_core::ErrorKind::InvalidInput);
}

#[derive(Debug, PartialEq, Deserialize)]
struct Ticket {
    text: String,
    tags: Vec<u8>,
}

#[test]
fn an_input_has_the_type_that_the_chain_expects() {
    let folder = TestFolder::new();
    let lines = "{\"text\": \"a\", \"tags\": [1]}\n{\"text\": \"b\", \"tags\": [1, -1]}\n";
    let items = read_all::<Ticket>(JsonLinesInputs::open(folder.file("in.jsonl", lines)));
    let [Ok(ReadItem::Item(item)), Ok(ReadItem::Malformed { error, .. })] = &items[..] else {
        panic!("{items:?}")
    };
    assert_eq!(item.input, Ticket { text: "a".to_owned(), tags: vec![1] });
    assert!(error.message().contains(
        "in.jsonl`: at `tags[1]`: invalid value: integer `-1`, expected u8; it begins with `{\"text"
    ));
}

#[test]
fn the_count_is_the_number_of_items() {
    let folder = TestFolder::new();
    let path = folder.file("in.jsonl", "1\n\n{\n\"too long\"\n2");
    let inputs = JsonLinesInputs::open(path).max_line_bytes(5);
    assert_eq!(block_on(JobInputs::<Value>::count(&inputs)), Some(4));
    assert_eq!(read_all::<Value>(inputs).len(), 4);
}
