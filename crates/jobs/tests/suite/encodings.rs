//! Text files that are not in UTF-8.

use runnable_core::{Dict, ErrorKind};
use runnable_jobs::inputs::{CsvInputs, JsonLinesInputs, TextFileInputs, TextLineInputs};

use crate::read_all::{TestFolder, read_all, read_items};

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[test]
fn a_file_of_a_spreadsheet_in_windows_1252_is_read() {
    let folder = TestFolder::new();
    let path = folder.file("tickets.csv", b"sep=;\r\nid;Gr\xfc\xdfe\r\na7;5 \x80\r\n");
    let rows = read_items::<Dict>(CsvInputs::open(&path).key("id").encoding("windows-1252"));
    assert_eq!(rows[0].0, "a7");
    assert_eq!(rows[0].1["Grüße"].as_str(), Some("5 €"));

    let error = read_all::<Dict>(CsvInputs::open(&path)).remove(0).unwrap_err();
    assert!(error.message().contains("or set its encoding"), "{error}");
}

#[test]
fn each_format_of_text_has_an_encoding() {
    let folder = TestFolder::new();
    let lines = folder.file("in.txt", utf16("größer\nü\n"));
    let meant = [("1".to_owned(), "größer".to_owned()), ("2".to_owned(), "ü".to_owned())];
    assert_eq!(read_items::<String>(TextLineInputs::open(&lines).encoding("utf-16le")), meant);

    // The byte order mark takes precedence.
    let json = folder.file("in.jsonl", utf16("\u{feff}\"größer\"\n\"ü\"\n"));
    assert_eq!(read_items::<String>(JsonLinesInputs::open(&json).encoding("latin1")), meant);

    let texts = TestFolder::new();
    texts.file("a.txt", utf16("\u{feff}größer"));
    let files = TextFileInputs::open(texts.path()).text_only().encoding("utf-16le");
    assert_eq!(read_items::<String>(files), [("a.txt".to_owned(), "größer".to_owned())]);
}

#[test]
fn an_unknown_encoding_is_an_error() {
    let folder = TestFolder::new();
    let path = folder.file("in.txt", "text\n");
    let inputs = TextLineInputs::open(&path).encoding("ansi-art");
    let error = read_all::<String>(inputs).remove(0).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.message().starts_with("unknown encoding `ansi-art`"), "{error}");

    let inputs = TextFileInputs::open(folder.path()).encoding("ansi-art");
    let error = read_all::<Dict>(inputs).remove(0).unwrap_err();
    assert!(error.message().starts_with("unknown encoding `ansi-art`"), "{error}");
}
