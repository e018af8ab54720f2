//! Files that are missing, or have another format.

use std::{fs::File, io::Write};

use futures::executor::block_on;
use runnable_jobs::{
    JobInputs,
    inputs::{CsvInputs, JsonLinesInputs, TextFileInputs, TextLineInputs},
};
use serde_json::Value;

use crate::read_all::{TestFolder, read_lines};

#[test]
fn a_missing_file_is_an_error_of_the_source() {
    let folder = TestFolder::new();
    let path = folder.path().join("missing");
    let expected =
        "failed: failed to read the input `missing`: No such file or directory (os error 2)";
    assert_eq!(read_lines(JsonLinesInputs::open(&path)), [expected]);
    assert_eq!(read_lines(TextLineInputs::open(&path)), [expected]);
    assert_eq!(read_lines(TextFileInputs::open(&path)), [expected]);
    assert_eq!(read_lines(CsvInputs::open(&path)), [expected]);
    assert_eq!(block_on(JobInputs::<Value>::count(&CsvInputs::open(&path))), None);
}

#[test]
fn a_file_in_another_encoding_is_an_error_of_the_source() {
    let folder = TestFolder::new();
    let path = folder.file("in.csv", [0xff, 0xfe, b'i', 0, b'd', 0]);
    assert_eq!(
        read_lines(CsvInputs::open(path)),
        ["failed: unsupported input `in.csv`: expected text in UTF-8, found UTF-16; convert the \
             file to UTF-8, or set its encoding"]
    );
    let path = folder.file("in.jsonl.gz", [0x1f, 0x8b, 8, 0]);
    assert_eq!(
        read_lines(JsonLinesInputs::open(path)),
        ["failed: unsupported input `in.jsonl.gz`: expected text in UTF-8, found data that is \
          compressed with gzip; decompress the file"]
    );
}

/// The file has no blocks on the disk, but its line has 256 MiB.
#[test]
fn a_line_that_never_seems_to_end_is_skipped() {
    let folder = TestFolder::new();
    let path = folder.path().join("in.txt");
    let mut file = File::create(&path).unwrap();
    file.write_all(b"first\nsecond").unwrap();
    file.set_len(1 << 28).unwrap();
    let mut file = File::options().append(true).open(&path).unwrap();
    file.write_all(b"\nthird\n").unwrap();

    let lines = read_lines(TextLineInputs::open(&path).max_line_bytes(1 << 20));
    assert_eq!(lines[0], "1: \"first\"");
    assert!(lines[1].starts_with(
        "2: invalid line 2 of `in.txt`: expected at most 1048576 bytes; it begins with `second "
    ));
    assert_eq!(lines[2..], ["3: \"third\""]);

    let rows = read_lines(CsvInputs::open(&path).max_row_bytes(1 << 20));
    assert!(rows[0].starts_with(
        "1: invalid row 1 (line 2) of `in.txt`: expected at most 1048576 bytes and 65536 fields; a \
         quote may not be closed; it begins with `second "
    ));
    assert_eq!(rows[1..], ["2: {\"first\":\"third\"}"]);
}
