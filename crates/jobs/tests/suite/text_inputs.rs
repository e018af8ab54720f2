//! Inputs from the lines of a file, and from the files of a folder.

use futures::executor::block_on;
use runnable_core::{Dict, dict};
use runnable_jobs::{
    JobInputs,
    inputs::{TextFileInputs, TextLineInputs},
};
use serde_json::Value;

use crate::read_all::{TestFolder, read_items, read_lines};

fn pairs<T: Clone>(items: &[(&str, T)]) -> Vec<(String, T)> {
    items.iter().map(|(key, input)| ((*key).to_owned(), input.clone())).collect()
}

#[test]
fn each_line_with_text_is_an_item() {
    let folder = TestFolder::new();
    let path = folder.file("in.txt", "\u{feff}one\r\n\n \t\n\"two\"\n three");
    let inputs = TextLineInputs::open(&path);
    assert_eq!(block_on(JobInputs::<String>::count(&inputs)), Some(3));
    assert_eq!(
        read_items::<String>(inputs.clone()),
        pairs(&[("1", "one".into()), ("4", "\"two\"".into()), ("5", " three".into())])
    );
    assert_eq!(
        read_items::<Dict>(inputs.name("text")),
        pairs(&[
            ("1", dict! { text: "one" }),
            ("4", dict! { text: "\"two\"" }),
            ("5", dict! { text: " three" })
        ])
    );
    let inputs = TextLineInputs::open(&path).keep_empty_lines().json_strings();
    assert_eq!(block_on(JobInputs::<String>::count(&inputs)), Some(5));
    assert_eq!(read_lines(inputs)[1..4], ["2: \"\"", "3: \" \\t\"", "4: \"two\""]);
}

#[test]
fn a_line_that_is_not_text_is_an_invalid_item() {
    let folder = TestFolder::new();
    let path = folder.file("in.txt", b"a\xffb\n\"open\n12345\r\n123456\nlast");
    assert_eq!(
        read_lines(TextLineInputs::open(path).json_strings().max_line_bytes(5)),
        [
            "1: invalid line 1 of `in.txt`: expected text in UTF-8, found another byte at 2; it \
             begins with `a\u{fffd}b`",
            "2: invalid line 2 of `in.txt`: expected a JSON string: EOF while parsing a string at \
             line 1 column 5; it begins with `\"open`",
            "3: \"12345\"",
            "4: invalid line 4 of `in.txt`: expected at most 5 bytes; it begins with `123456`",
            "5: \"last\"",
        ]
    );
}

#[test]
fn the_files_of_a_folder_are_read_in_the_order_of_their_paths() {
    let folder = TestFolder::new();
    for name in ["b.txt", "a/z.md", "a/b/1.TXT", "a.txt", ".hidden/x.txt", ".x.txt", "c.pdf"] {
        folder.file(name, format!("text of {name}"));
    }
    let inputs = TextFileInputs::open(folder.path());
    let keys: Vec<_> =
        read_items::<Value>(inputs.clone()).into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["a/b/1.TXT", "a/z.md", "a.txt", "b.txt", "c.pdf"]);
    assert_eq!(block_on(JobInputs::<Value>::count(&inputs)), Some(5));

    let inputs = inputs.extensions(["txt", ".md"]).text_only();
    assert_eq!(block_on(JobInputs::<Value>::count(&inputs)), Some(4));
    assert_eq!(
        read_items::<String>(inputs)[..2],
        pairs(&[
            ("a/b/1.TXT", "text of a/b/1.TXT".to_owned()),
            ("a/z.md", "text of a/z.md".to_owned())
        ])
    );
}

#[test]
fn a_file_that_is_not_text_is_an_invalid_item() {
    let folder = TestFolder::new();
    folder.file("in/a.pdf", b"%PDF-1.4 \xff");
    folder.file("in/b.txt", "\u{feff}b");
    folder.file("in/c.txt", "x".repeat(100));
    let lines = read_lines(TextFileInputs::open(folder.path().join("in")).max_file_bytes(99));
    assert_eq!(
        lines[..2],
        [
            "a.pdf: invalid file `a.pdf` of `in`: expected text in UTF-8, found another byte at 10; \
             it begins with `%PDF-1.4 \u{fffd}`",
            "b.txt: {\"path\":\"b.txt\",\"text\":\"b\"}",
        ]
    );
    assert!(lines[2].starts_with(
        "c.txt: invalid file `c.txt` of `in`: expected at most 99 bytes; it begins with `xxx"
    ));
    assert_eq!(lines.len(), 3);
}

/// A link to the folder itself would be an endless folder.
#[cfg(unix)]
#[test]
fn links_to_folders_are_skipped() {
    use std::os::unix::fs::symlink;

    let folder = TestFolder::new();
    let target = folder.file("docs/a.txt", "a");
    symlink(folder.path().join("docs"), folder.path().join("docs/self")).unwrap();
    symlink(target, folder.path().join("docs/b.txt")).unwrap();
    assert_eq!(
        read_items::<String>(TextFileInputs::open(folder.path().join("docs")).text_only()),
        pairs(&[("a.txt", "a".to_owned()), ("b.txt", "a".to_owned())])
    );
}
