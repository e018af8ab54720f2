//! Inputs and outputs in Parquet.

use std::{collections::BTreeMap, fs};

use futures::executor::block_on;
use proptest::{collection::vec, prelude::*};
use runnable_core::{Dict, dict};
use runnable_jobs::{
    JobInputs, JobOutput, JobResult, ReadItem, inputs::ParquetInputs, outputs::ParquetOutput,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    read_all::{TestFolder, read_all, read_items, read_lines, write_all},
    round_trips::{results, text, value},
    support::random_cases,
};

#[test]
fn a_column_has_the_type_of_its_values() {
    let folder = TestFolder::new();
    let path = folder.path().join("out.parquet");
    let results = results(&[
        ("a".into(), json!({ "int": 1, "float": 1, "text": "x", "json": [1], "bool": true })),
        ("b".into(), json!({ "int": -2, "float": 0.5, "json": "text" })),
        ("c".into(), json!({ "big": u64::MAX, "text": "", "json": null })),
    ]);
    write_all(&ParquetOutput::new(&path), &results).unwrap();
    let inputs = ParquetInputs::open(&path).key("key");
    assert_eq!(block_on(JobInputs::<Value>::count(&inputs)), Some(3));
    assert_eq!(
        read_lines(inputs),
        [
            r#"a: {"key":"a","int":1,"float":1.0,"text":"x","json":[1],"bool":true,"big":null}"#,
            r#"b: {"key":"b","int":-2,"float":0.5,"text":null,"json":"text","bool":null,"big":null}"#,
            r#"c: {"key":"c","int":null,"float":null,"text":"","json":null,"bool":null,"big":18446744073709551615}"#,
        ]
    );
}

#[derive(Debug, PartialEq, Deserialize)]
struct Row {
    n: u8,
}

#[test]
fn a_row_that_does_not_fit_is_an_invalid_item() {
    let folder = TestFolder::new();
    let path = folder.path().join("in.parquet");
    let rows = results(&[("a".into(), json!({ "n": 1 })), ("b".into(), json!({ "n": 256 }))]);
    write_all(&ParquetOutput::new(&path), &rows).unwrap();

    let items = read_all::<Row>(ParquetInputs::open(&path));
    let [Ok(ReadItem::Item(item)), Ok(ReadItem::Malformed { key, text, error })] = &items[..]
    else {
        panic!("{items:?}")
    };
    assert_eq!((&*item.key, &item.input), ("1", &Row { n: 1 }));
    assert_eq!((&**key, &**text), ("2", "{\"key\":\"b\",\"n\":256}"));
    assert!(error.message().contains(
        "in.parquet`: at `n`: invalid value: integer `256`, expected u8; it begins with `{\"key"
    ));
    assert_eq!(
        read_items::<u16>(ParquetInputs::open(&path).key("key").input_column("n")),
        [("a".to_owned(), 1), ("b".to_owned(), 256)]
    );
    assert_eq!(
        read_lines(ParquetInputs::open(&path).key("id")),
        [
            "failed: invalid Parquet file `in.parquet`: unknown column `id`: expected one of `key`, `n`"
        ]
    );
}

/// More rows than a row group contains.
#[test]
fn many_rows_are_written_in_groups() {
    let folder = TestFolder::new();
    let path = folder.path().join("out.parquet");
    let mut writer = ParquetOutput::new(&path).open().unwrap();
    for n in 0..70_000 {
        writer.write(&JobResult::new(n, n.to_string(), Ok(json!(n)))).unwrap();
    }
    writer.finish().unwrap();
    let rows = read_items::<Dict>(ParquetInputs::open(&path).key("key"));
    assert_eq!(rows.len(), 70_000);
    for (n, (key, row)) in rows.into_iter().enumerate() {
        assert_eq!(row, dict! { key: key, output: n });
    }
}

/// No cut or changed byte of a file ends the program or looks like the end of the file.
#[test]
fn a_damaged_file_is_an_error() {
    let folder = TestFolder::new();
    let path = folder.path().join("out.parquet");
    let rows: Vec<_> = (0..50).map(|n| (n.to_string(), json!({ "text": "x".repeat(n) }))).collect();
    write_all(&ParquetOutput::new(&path), &results(&rows)).unwrap();
    let bytes = fs::read(&path).unwrap();
    for length in (0..bytes.len()).step_by(7) {
        fs::write(&path, &bytes[..length]).unwrap();
        let items = read_all::<Value>(ParquetInputs::open(&path));
        assert!(matches!(items[..], [Err(_)]), "{length}");
    }
    for index in (0..bytes.len()).step_by(11) {
        let mut bytes = bytes.clone();
        bytes[index] ^= 0x55;
        fs::write(&path, &bytes).unwrap();
        // A changed letter of a text is not noticed, but a row is never missing.
        let items = read_all::<Value>(ParquetInputs::open(&path));
        assert!(items.len() == 50 || items.iter().any(Result::is_err), "{index}");
    }
}

#[test]
fn a_dropped_writer_leaves_the_previous_table() {
    let folder = TestFolder::new();
    let path = folder.file("out.parquet", "previous");
    let mut writer = ParquetOutput::new(&path).open().unwrap();
    writer.write(&results(&[("a".into(), json!(1))])[0]).unwrap();
    drop(writer);
    assert_eq!(fs::read_to_string(&path).unwrap(), "previous");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_the_same_error_for_a_table() {
    let error = write_all(&ParquetOutput::new("/dev/full"), &results(&[("a".into(), json!(1))]));
    assert_eq!(
        error.unwrap_err().message(),
        "failed to write the output `/dev/full`: No space left on device (os error 28); the \
         previous output is unchanged; free space on the disk, and export again"
    );
}

/// Returns whether a value was read as it was written, except that an integer among floats is a float.
fn same(written: &Value, read: &Value) -> bool {
    written == read || (read.is_f64() && written.as_f64() == read.as_f64())
}

proptest! {
    #![proptest_config(random_cases(100))]

    #[test]
    fn a_table_is_read_as_it_was_written(
        items in vec((text(), proptest::collection::btree_map("[a-c]|\u{0}|\\.", value(), 0..4)), 0..8),
    ) {
        let folder = TestFolder::new();
        let path = folder.path().join("results.parquet");
        let objects: Vec<_> = items
            .iter()
            .map(|(key, fields)| (key.clone(), Value::Object(fields.clone().into_iter().collect())))
            .collect();
        write_all(&ParquetOutput::new(&path), &results(&objects)).unwrap();

        let read = read_items::<BTreeMap<String, Value>>(ParquetInputs::open(&path));
        prop_assert_eq!(read.len(), items.len());
        for ((_, row), (key, fields)) in read.into_iter().zip(&items) {
            prop_assert_eq!(&row["key"], &json!(key));
            for (column, value) in row.iter().filter(|(column, _)| *column != "key") {
                let written = fields.get(column).unwrap_or(&Value::Null);
                prop_assert!(same(written, value), "{} {}", written, value);
            }
            prop_assert!(fields.keys().all(|column| row.contains_key(column)));
        }
    }
}
