//! What an output has written, an input reads again.

use std::collections::{BTreeMap, BTreeSet};

use futures::executor::block_on;
use proptest::{
    collection::{btree_map, vec},
    prelude::*,
};
use runnable_core::Dict;
use runnable_jobs::{
    JobInputs, JobResult,
    inputs::{CsvInputs, JsonLinesInputs, TextLineInputs},
    outputs::{CsvOutput, DeadLetters, JsonLinesOutput, TextLinesOutput},
};
use serde_json::{Map, Value};

use crate::{
    read_all::{TestFolder, read_all, read_items, write_all},
    support::random_cases,
};

/// Text with characters that have a meaning in one of the formats.
pub(crate) fn text() -> impl Strategy<Value = String> {
    let special = "[\"\r\n,;\t\\\\{}\u{feff}\u{2028}\u{0}= a1]{0,8}";
    prop_oneof![special, any::<String>(), "[a-z]{0,3}"]
}

fn key() -> impl Strategy<Value = String> {
    text().prop_filter("a key is not empty", |key| !key.is_empty())
}

/// The name of a field, which is sometimes the name of another column.
fn field_name() -> impl Strategy<Value = String> {
    prop_oneof![8 => text(), 1 => Just("key".to_owned()), 1 => Just("output.key".to_owned())]
}

/// The name of the column for a field of the outputs. The first column is called `key`.
fn column_of(field: &str, fields: &BTreeSet<&String>) -> String {
    let mut column = field.to_owned();
    if field == "key" {
        column.insert_str(0, "output.");
        while fields.contains(&column) {
            column.insert_str(0, "output.");
        }
    }
    column
}

pub(crate) fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-100..100_i64).prop_map(Value::from),
        any::<f64>()
            .prop_filter("JSON has only finite numbers", |n| n.is_finite())
            .prop_map(Value::from),
        text().prop_map(Value::from),
    ]
}

pub(crate) fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((text(), inner), 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

pub(crate) fn results(items: &[(String, Value)]) -> Vec<JobResult> {
    let results = (0..).zip(items);
    results.map(|(n, (key, output))| JobResult::new(n, key, Ok(output.clone()))).collect()
}

proptest! {
    #![proptest_config(random_cases(200))]

    #[test]
    fn json_lines_are_read_as_they_were_written(items in vec((key(), value()), 0..8)) {
        let folder = TestFolder::new();
        let path = folder.path().join("results.jsonl");
        write_all(&JsonLinesOutput::new(&path), &results(&items)).unwrap();
        let inputs = JsonLinesInputs::open(&path).key("key").input_field("output");
        prop_assert_eq!(block_on(JobInputs::<Value>::count(&inputs)), Some(items.len() as u64));
        prop_assert_eq!(read_items::<Value>(inputs), items);
    }

    #[test]
    fn failed_items_can_be_read_as_inputs(items in vec((key(), value()), 0..8)) {
        let folder = TestFolder::new();
        let path = folder.path().join("failed.jsonl");
        let error = runnable_core::Error::new(runnable_core::ErrorKind::Other, "no");
        let failed = results(&items).into_iter().map(|mut result| {
            let failed = runnable_jobs::FailedItem::new(&error, 1);
            result.input = std::mem::replace(&mut result.result, Err(failed)).ok();
            result
        });
        write_all(&DeadLetters::new(&path), &failed.collect::<Vec<_>>()).unwrap();
        let inputs = JsonLinesInputs::open(&path).key("key").input_field("input");
        prop_assert_eq!(read_items::<Value>(inputs), items);
    }

    #[test]
    fn lines_of_text_are_read_as_they_were_written(texts in vec(text(), 0..8)) {
        let folder = TestFolder::new();
        let path = folder.path().join("results.txt");
        let items: Vec<_> =
            (1..).zip(&texts).map(|(n, text)| (n.to_string(), Value::from(&**text))).collect();
        write_all(&TextLinesOutput::new(&path), &results(&items)).unwrap();
        let inputs = TextLineInputs::open(&path).json_strings().keep_empty_lines();
        prop_assert_eq!(read_items::<Value>(inputs), items);
    }

    #[test]
    fn rows_of_csv_are_read_as_they_were_written(
        items in vec((key(), btree_map(field_name(), scalar(), 0..5)), 0..8),
        delimiter in prop_oneof![Just(','), Just(';'), Just('\t'), Just('a')],
    ) {
        let folder = TestFolder::new();
        let path = folder.path().join("results.csv");
        let objects: Vec<_> = items
            .iter()
            .map(|(key, fields)| (key.clone(), Value::Object(fields.clone().into_iter().collect())))
            .collect();
        write_all(&CsvOutput::new(&path).delimiter(delimiter), &results(&objects)).unwrap();

        let inputs = CsvInputs::open(&path).key("key").delimiter(delimiter);
        prop_assert_eq!(block_on(JobInputs::<Value>::count(&inputs)), Some(items.len() as u64));
        let read = read_items::<BTreeMap<String, String>>(inputs);
        prop_assert_eq!(read.len(), items.len());
        let names: BTreeSet<_> = items.iter().flat_map(|(_, fields)| fields.keys()).collect();
        for ((read_key, mut row), (key, fields)) in read.into_iter().zip(&items) {
            prop_assert_eq!(&read_key, key);
            prop_assert_eq!(row.remove("key"), Some(key.clone()));
            for name in &names {
                let expected = match fields.get(*name) {
                    None | Some(Value::Null) => String::new(),
                    Some(Value::String(text)) => text.clone(),
                    Some(value) => value.to_string(),
                };
                prop_assert_eq!(row.remove(&column_of(name, &names)), Some(expected));
            }
            prop_assert!(row.is_empty());
        }
    }

    /// Rows within the limit are the same with and without it, whatever the others contain.
    #[test]
    fn the_limit_of_rows_affects_only_long_rows(
        rows in vec(vec(text(), 2), 1..12),
        most in 0..24_usize,
    ) {
        let folder = TestFolder::new();
        let path = folder.path().join("rows.csv");
        let items: Vec<_> = rows
            .iter()
            .map(|row| ("k".to_owned(), serde_json::json!({ "a": row[0], "b": row[1] })))
            .collect();
        write_all(&CsvOutput::new(&path), &results(&items)).unwrap();
        // The header is longer than some limits, so it is replaced.
        let content = std::fs::read_to_string(&path).unwrap();
        let path = folder.file("rows.csv", content.strip_prefix("key,a,b\n").unwrap());

        let inputs = CsvInputs::open(&path).columns(["k", "a", "b"]).max_row_bytes(most);
        let read = read_all::<Dict>(inputs);
        prop_assert_eq!(read.len(), rows.len());
        for (item, row) in read.into_iter().zip(&rows) {
            let length = 1 + row[0].len() + row[1].len();
            match item.unwrap() {
                runnable_jobs::ReadItem::Item(item) => {
                    prop_assert!(length <= most);
                    prop_assert_eq!(item.input["a"].as_str(), Some(&*row[0]));
                    prop_assert_eq!(item.input["b"].as_str(), Some(&*row[1]));
                }
                _ => prop_assert!(length > most),
            }
        }
    }

    /// Any bytes are items, invalid items, or an error. The count is the number of the items.
    #[test]
    fn any_bytes_can_be_read(bytes in vec(prop_oneof![
        any::<u8>(), Just(b'"'), Just(b'\n'), Just(b'\r'), Just(b','), Just(b'1'),
    ], 0..64)) {
        let folder = TestFolder::new();
        let path = folder.file("bytes", &bytes);
        let lines = TextLineInputs::open(&path).max_line_bytes(8);
        check_count(lines.clone(), block_on(JobInputs::<Value>::count(&lines)));
        let lines = JsonLinesInputs::open(&path).max_line_bytes(8);
        check_count(lines.clone(), block_on(JobInputs::<Value>::count(&lines)));
        let rows = CsvInputs::open(&path).columns(["a", "b"]).max_row_bytes(8);
        check_count(rows.clone(), block_on(JobInputs::<Value>::count(&rows)));
    }
}

fn check_count(inputs: impl JobInputs<Value>, count: Option<u64>) {
    let items = read_all(inputs);
    if items.iter().all(Result::is_ok) {
        assert_eq!(count, Some(items.len() as u64));
    }
}

/// The reader has a buffer of 64 KiB, and these fields cross its end at each position.
#[test]
fn fields_that_are_longer_than_a_buffer_are_read_as_they_were_written() {
    let folder = TestFolder::new();
    let path = folder.path().join("results.csv");
    let long = "\"x,\r\n\u{fffd}".repeat(10_000);
    let items: Vec<_> =
        (0..9).map(|n| (format!("{n}{}", "y".repeat(n)), Value::from(&*long))).collect();
    write_all(&CsvOutput::new(&path), &results(&items)).unwrap();
    let inputs = CsvInputs::open(&path).key("key").input_column("output");
    assert_eq!(read_items::<Value>(inputs), items);
}
