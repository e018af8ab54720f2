//! Outputs replace a file in one step, or not at all.

use std::{
    env, fs,
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
};

use runnable_core::{Error, ErrorKind};
use runnable_jobs::{
    FailedItem, JobOutput, JobResult,
    outputs::{AtomicFile, CsvOutput, DeadLetters, JsonLinesOutput, TextLinesOutput},
};
use serde_json::json;

use crate::read_all::{TestFolder, without_path, write_all};

fn done(index: u64, output: impl Into<serde_json::Value>) -> JobResult {
    JobResult::new(index, format!("k{index}"), Ok(output.into()))
}

fn failed(index: u64) -> JobResult {
    let error = Error::new(ErrorKind::Parse, "expected JSON");
    JobResult::new(index, format!("k{index}"), Err(FailedItem::new(&error, 3)))
        .with_input(json!({ "text": "Hello" }))
}

#[test]
fn a_line_of_json_has_the_parts_that_were_chosen() {
    let folder = TestFolder::new();
    let path = folder.path().join("out.jsonl");
    let results = [done(0, "a").with_input(json!(1)), failed(1), done(2, json!(null))];

    write_all(&JsonLinesOutput::new(&path), &results).unwrap();
    let expected = "{\"key\":\"k0\",\"output\":\"a\"}\n{\"key\":\"k2\",\"output\":null}\n";
    assert_eq!(fs::read_to_string(&path).unwrap(), expected);

    let output = JsonLinesOutput::new(&path).keep_input().include_failed();
    assert!(output.needs_input());
    write_all(&output, &results[..2]).unwrap();
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        "{\"key\":\"k0\",\"input\":1,\"output\":\"a\"}\n{\"key\":\"k1\",\"input\":{\"text\":\"Hello\"},\
         \"error\":{\"kind\":\"parse\",\"message\":\"expected JSON\",\"attempts\":3}}\n"
    );

    write_all(&DeadLetters::new(&path), &results).unwrap();
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        "{\"key\":\"k1\",\"input\":{\"text\":\"Hello\"},\"kind\":\"parse\",\"message\":\"expected \
         JSON\",\"attempts\":3}\n"
    );
}

#[test]
fn a_result_is_one_line_of_text() {
    let folder = TestFolder::new();
    let path = folder.path().join("out.txt");
    let results =
        [done(0, "a b"), failed(1), done(2, "a\nb"), done(3, "\"a\""), done(4, json!({ "a": 1 }))];
    write_all(&TextLinesOutput::new(&path), &results).unwrap();
    let expected = "a b\n\"a\\nb\"\n\"\\\"a\\\"\"\n{\"a\":1}\n";
    assert_eq!(fs::read_to_string(&path).unwrap(), expected);
    write_all(&TextLinesOutput::new(&path).include_failed(), &results[..3]).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "a b\n\n\"a\\nb\"\n");
}

/// Returns the names in a folder.
fn names(folder: &TestFolder) -> Vec<String> {
    let names = fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<_> =
        names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_dropped_writer_leaves_the_previous_file() {
    let folder = TestFolder::new();
    let path = folder.file("out", "previous");
    let outputs: [Box<dyn JobOutput>; 3] = [
        Box::new(JsonLinesOutput::new(&path)),
        Box::new(TextLinesOutput::new(&path)),
        Box::new(CsvOutput::new(&path)),
    ];
    for output in outputs {
        let mut writer = output.open().unwrap();
        (0..10_000).for_each(|index| writer.write(&done(index, "new")).unwrap());
        drop(writer);
        assert_eq!(fs::read_to_string(&path).unwrap(), "previous");
        assert_eq!(names(&folder), ["out"]);
    }
}

/// The path of the output, for a run of this program that is killed.
const KILLED: &str = "RUNNABLE_JOBS_TEST_KILLED";

/// Does nothing in a normal run of the tests.
#[test]
fn writes_until_it_is_killed() {
    let Ok(path) = env::var(KILLED) else { return };
    let mut writer = JsonLinesOutput::new(path).open().unwrap();
    (0..10_000).for_each(|index| writer.write(&done(index, "new")).unwrap());
    println!("\nhas written");
    std::io::stdout().flush().unwrap();
    // The other process does not write to this pipe, and kills this process instead.
    _ = std::io::stdin().read_line(&mut String::new());
}

#[test]
fn a_killed_process_leaves_the_previous_file() {
    let folder = TestFolder::new();
    let path = folder.file("out", "previous");
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "file_outputs::writes_until_it_is_killed", "--nocapture"])
        .env(KILLED, &path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == "has written"));

    // Another process is writing the file, so this one must not.
    let error = JsonLinesOutput::new(&path).open().err().unwrap();
    assert_eq!(
        without_path(&error),
        "failed to create the output `out`: another process or another output is writing it"
    );

    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "previous");
    assert_eq!(names(&folder), ["out", "out.partial"]);

    write_all(&JsonLinesOutput::new(&path), &[done(0, "after")]).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "{\"key\":\"k0\",\"output\":\"after\"}\n");
    assert_eq!(names(&folder), ["out"]);
}

#[test]
fn two_writers_of_one_file_do_not_mix_their_lines() {
    let folder = TestFolder::new();
    let path = folder.path().join("out");
    let mut first = AtomicFile::create(&path).unwrap();
    assert!(AtomicFile::create(&path).is_err());
    first.write_all(b"first").unwrap();
    first.commit().unwrap();

    let mut second = AtomicFile::create(&path).unwrap();
    second.write_all(b"2nd").unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "first");
    second.commit().unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "2nd");
}

/// `/dev/full` is a device on which there is never room.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_that_says_what_to_do() {
    let outputs: [Box<dyn JobOutput>; 3] = [
        Box::new(JsonLinesOutput::new("/dev/full")),
        Box::new(TextLinesOutput::new("/dev/full")),
        Box::new(CsvOutput::new("/dev/full")),
    ];
    for output in outputs {
        let mut writer = output.open().unwrap();
        let error = writer.write(&done(0, "x".repeat(100_000))).and_then(|()| writer.finish());
        let error = error.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Other);
        assert_eq!(
            error.message(),
            "failed to write the output `/dev/full`: No space left on device (os error 28); the \
             previous output is unchanged; free space on the disk, and export again"
        );
    }
    assert!(!fs::metadata("/dev/full").unwrap().is_file());
}

#[test]
fn a_missing_folder_is_an_error() {
    let folder = TestFolder::new();
    let path = folder.path().join("missing/out.csv");
    let error = CsvOutput::new(path).open().err().unwrap();
    assert_eq!(
        without_path(&error),
        "failed to create the output `out.csv`: No such file or directory (os error 2); create its \
         folder first"
    );
}

#[cfg(unix)]
#[test]
fn a_link_and_the_permissions_of_its_file_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let folder = TestFolder::new();
    let target = folder.file("target/out.txt", "previous");
    fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).unwrap();
    let link = folder.path().join("link.txt");
    symlink(&target, &link).unwrap();

    write_all(&TextLinesOutput::new(&link), &[done(0, "new")]).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(&target).unwrap(), "new\n");
    assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o640);
}
