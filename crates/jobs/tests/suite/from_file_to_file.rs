//! Jobs that read a file and write files.

use std::fs;

use runnable_core::prelude::*;
use runnable_jobs::{
    Job, JobOutput,
    inputs::{CsvInputs, JsonLinesInputs, items},
    outputs::{CsvOutput, JsonLinesOutput, TextLinesOutput},
};
use serde_json::Value;

use crate::{
    read_all::{TestFolder, read_items, read_lines},
    support::{Calls, numbers},
};

#[tokio::test]
async fn a_job_writes_a_result_for_each_row_in_the_order_of_the_rows() -> Result<()> {
    let folder = TestFolder::new();
    let inputs = folder.file("in.csv", "id,text\na,one\nb,three\nc\nd,\"x\ny\"\n");
    let [csv, json, text] =
        ["out.csv", "out.jsonl", "out.txt"].map(|name| folder.path().join(name));
    let length = lambda(|row: Dict| dict! { length: row["text"].as_str().map(str::len) });

    // The second run has nothing left to do, and writes the same files.
    for _ in 0..2 {
        let report = Job::new(folder.path().join("job"), length.clone())
            .inputs(CsvInputs::open(&inputs).key("id"))
            .output(CsvOutput::new(&csv).keep_input())
            .output(JsonLinesOutput::new(&json))
            .output(TextLinesOutput::new(&text).include_failed())
            .max_concurrency(2)
            .run()
            .await?;
        assert_eq!((report.done, report.failed), (3, 1));

        let expected = "key,id,text,length\na,a,one,3\nb,b,three,5\nd,d,\"x\ny\",3\n";
        assert_eq!(fs::read_to_string(&csv)?, expected);
        let expected = [("a", 3), ("b", 5), ("d", 3)];
        assert_eq!(
            read_items::<Dict>(JsonLinesInputs::open(&json).key("key").input_field("output")),
            expected.map(|(key, length)| (key.to_owned(), dict! { length: length }))
        );
        let expected = "{\"length\":3}\n{\"length\":5}\n\n{\"length\":3}\n";
        assert_eq!(fs::read_to_string(&text)?, expected);
    }

    let failed = folder.path().join("job/failed.jsonl");
    assert_eq!(
        read_lines(JsonLinesInputs::open(&failed).key("key").input_field("input")),
        ["row 3: \"c\""]
    );
    let [(_, failed)] = &read_items::<Value>(JsonLinesInputs::open(failed))[..] else {
        panic!("not one failed item")
    };
    assert_eq!(failed["kind"], "invalid_input");
    let message = failed["message"].as_str().unwrap_or_default();
    assert!(message.contains("invalid row 3 (line 4) of"), "{message}");
    Ok(())
}

#[tokio::test]
async fn an_output_that_cannot_be_created_is_an_error_before_the_first_call() -> Result<()> {
    let folder = TestFolder::new();
    let previous = folder.file("out.csv", "previous");
    let outputs: [[Box<dyn JobOutput>; 2]; 2] = [
        // The folder is missing.
        [
            Box::new(CsvOutput::new(&previous)),
            Box::new(CsvOutput::new(folder.path().join("missing/out.csv"))),
        ],
        // Both are the same file.
        [Box::new(CsvOutput::new(&previous)), Box::new(JsonLinesOutput::new(&previous))],
    ];
    for [first, second] in outputs {
        let calls = Calls::default();
        let job = Job::new(folder.path().join("job"), calls.step(|_| 0))
            .inputs(items(numbers(3)))
            .output(first)
            .output(second);
        let error = job.run().await.expect_err("an output cannot be created");
        assert!(error.message().starts_with("failed to create the output"), "{error}");
        assert_eq!(calls.total(), 0);
        assert_eq!(fs::read_to_string(&previous)?, "previous");
        assert!(!folder.path().join("out.csv.partial").exists());
    }
    Ok(())
}
