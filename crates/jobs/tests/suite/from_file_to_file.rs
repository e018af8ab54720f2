//! Jobs that read a file and write files.

use std::{fs, path::PathBuf};

use runnable_core::prelude::*;
use runnable_jobs::{
    Job, JobInputs, JobOutput,
    inputs::{CsvInputs, JsonLinesInputs, TextFileInputs, TextLineInputs, items},
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

#[cfg(unix)]
#[tokio::test]
async fn a_pipe_is_opened_once() -> Result<()> {
    let folder = TestFolder::new();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status()?.success());
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || fs::read_to_string(pipe)
    });
    let job = Job::new(folder.path().join("job"), lambda(|number: u64| number));
    let job = job.inputs(items(numbers(2))).output(JsonLinesOutput::new(&pipe));
    assert_eq!(job.run().await?.done, 2);
    let read = reader.join().expect("the reader does not panic")?;
    assert_eq!(read, "{\"key\":\"n0\",\"output\":0}\n{\"key\":\"n1\",\"output\":1}\n");
    Ok(())
}

#[tokio::test]
async fn a_job_does_not_replace_its_inputs() -> Result<()> {
    let folder = TestFolder::new();
    let rows = "id,text\n1,a\n";
    let inputs = folder.file("rows.csv", rows);
    let same = folder.path().join(".").join("rows.csv");

    for output in [&inputs, &same] {
        let job = Job::new(folder.path().join("job"), lambda(|row: Dict| row.len()))
            .inputs(CsvInputs::open(&inputs))
            .output(CsvOutput::new(output));
        let error = job.run().await.expect_err("the output is the input");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.message().contains("would replace the inputs"), "{error}");
        assert_eq!(fs::read_to_string(&inputs)?, rows);
    }
    Ok(())
}

#[tokio::test]
async fn an_input_of_another_type_is_an_error_with_advice() -> Result<()> {
    let folder = TestFolder::new();
    let csv = folder.file("in.csv", "id,text\n1,a\n");
    let json = folder.file("in.jsonl", "{\"text\":\"a\"}\n");
    let lines = folder.file("in.txt", "a\n");
    folder.file("texts/a.txt", "a");
    let texts = folder.path().join("texts");

    let text = |inputs: Box<dyn JobInputs<String>>| {
        failure(folder.path().join("text"), lambda(|text: String| text), inputs)
    };
    assert!(text(Box::new(CsvInputs::open(&csv))).await?.contains("set `CsvInputs::input_column`"));
    let message = text(Box::new(JsonLinesInputs::open(&json))).await?;
    assert!(message.contains("set `JsonLinesInputs::input_field`"), "{message}");
    let message = text(Box::new(TextFileInputs::open(&texts))).await?;
    assert!(message.contains("set `TextFileInputs::text_only`"), "{message}");

    let row = lambda(|row: Dict| row.len());
    let inputs = Box::new(TextLineInputs::open(&lines));
    let message = failure(folder.path().join("row"), row, inputs).await?;
    assert!(message.contains("set `TextLineInputs::name`"), "{message}");
    Ok(())
}

/// Runs a job in a new folder. Returns the message of its first failed item.
async fn failure<R: Runnable<Input: Clone>>(
    folder: PathBuf,
    chain: R,
    inputs: Box<dyn JobInputs<R::Input>>,
) -> Result<String> {
    _ = fs::remove_dir_all(&folder);
    assert_eq!(Job::new(&folder, chain).inputs(inputs).run().await?.failed, 1);
    let failed = read_items::<Value>(JsonLinesInputs::open(folder.join("failed.jsonl")));
    let (_, failed) = failed.first().expect("an item has failed");
    Ok(failed["message"].as_str().unwrap_or_default().to_owned())
}
