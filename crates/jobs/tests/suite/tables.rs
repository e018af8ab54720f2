//! The columns of tables.

use std::fs;

use runnable_core::{Error, ErrorKind};
use runnable_jobs::{FailedItem, JobResult, outputs::CsvOutput};
use serde_json::{Value, json};

use crate::read_all::{TestFolder, without_path, write_all};

/// Returns the rows of a CSV output.
fn rows(output: impl Fn(CsvOutput) -> CsvOutput, results: &[JobResult]) -> Vec<String> {
    let folder = TestFolder::new();
    let path = folder.path().join("out.csv");
    write_all(&output(CsvOutput::new(&path)), results).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.ends_with('\n'));
    text.lines().map(ToOwned::to_owned).collect()
}

fn results<const N: usize>(outputs: [Value; N]) -> Vec<JobResult> {
    (0..).zip(outputs).map(|(n, output)| JobResult::new(n, format!("k{n}"), Ok(output))).collect()
}

#[test]
fn the_columns_are_the_fields_of_all_results() {
    let results = results([json!({ "a": 1 }), json!({ "b": true, "a": null }), json!("text")]);
    let rows = rows(|output| output, &results);
    assert_eq!(rows, ["key,a,b,output", "k0,1,,", "k1,,true,", "k2,,,text"]);
}

#[test]
fn the_columns_of_the_input_come_before_those_of_the_output() {
    let mut results = results([json!({ "class": "x" }), json!({ "class": "y" })]);
    results[0] = results[0].clone().with_input(json!({ "text": "a" }));
    results[1] = results[1].clone().with_input(json!({ "text": "b", "more": 1 }));
    let rows = rows(CsvOutput::keep_input, &results);
    assert_eq!(rows, ["key,text,more,class", "k0,a,,x", "k1,b,1,y"]);
}

#[test]
fn all_columns_have_different_names() {
    let output = json!({ "key": 1, "a": 2, "output.key": 3, "error": 4 });
    let result = JobResult::new(0, "k", Ok(output));
    let result = result.with_input(json!({ "a": 5, "key": 6, "input.a": 7, "error_kind": 8 }));
    let rows = rows(|output| output.keep_input().include_failed(), &[result]);
    assert_eq!(
        rows,
        [
            "key,input.input.a,input.key,input.a,input.error_kind,output.output.key,a,output.key,\
             output.error,error_kind,error",
            "k,5,6,7,8,1,2,3,4,,"
        ]
    );
}

#[test]
fn a_failed_item_has_the_columns_of_its_error() {
    let failed = FailedItem::new(&Error::new(ErrorKind::Parse, "expected \"JSON\""), 2);
    let results = [JobResult::new(0, "a", Ok(json!("x"))), JobResult::new(1, "b", Err(failed))];
    assert_eq!(rows(|output| output, &results), ["key,output", "a,x"]);
    assert_eq!(
        rows(CsvOutput::include_failed, &results),
        ["key,output,error_kind,error", "a,x,,", "b,,parse,\"expected \"\"JSON\"\"\""]
    );
}

#[test]
fn a_job_without_results_has_a_header() {
    assert_eq!(rows(|output| output, &[]), ["key"]);
}

#[test]
fn text_that_looks_like_a_formula_stays_as_it_is() {
    let results = results([json!("=1+1"), json!("@x"), json!("-1"), json!("+1;2")]);
    assert_eq!(
        rows(|output| output, &results),
        ["key,output", "k0,=1+1", "k1,@x", "k2,-1", "k3,+1;2"]
    );
    let rows = rows(|output| output.delimiter(';'), &results);
    assert_eq!(rows[4], "k3;\"+1;2\"");
}

#[test]
fn nested_values_are_json() {
    let results = results([json!({ "list": [1, "a"], "float": 0.1, "object": { "x": null } })]);
    assert_eq!(
        rows(|output| output, &results),
        ["key,list,float,object", "k0,\"[1,\"\"a\"\"]\",0.1,\"{\"\"x\"\":null}\""]
    );
}

#[test]
fn too_many_columns_are_an_error() {
    let folder = TestFolder::new();
    let fields: serde_json::Map<_, _> = (0..10_000).map(|n| (n.to_string(), json!(n))).collect();
    let results = [JobResult::new(0, "a", Ok(Value::Object(fields)))];
    let error = write_all(&CsvOutput::new(folder.path().join("out.csv")), &results).unwrap_err();
    assert_eq!(
        without_path(&error),
        "cannot write the output `out.csv`: the results have more than 10000 different fields; use \
         `JsonLinesOutput` instead"
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
