//! Inputs from CSV.

use futures::executor::block_on;
use runnable_core::{Dict, dict};
use runnable_jobs::{JobInputs, ReadItem, inputs::CsvInputs};
use serde::Deserialize;
use serde_json::Value;

use crate::read_all::{TestFolder, read_all, read_items, read_lines};

#[test]
fn values_are_strings_as_they_are() {
    let folder = TestFolder::new();
    let path = folder.file(
        "in.csv",
        "\u{feff}id,\"the, text\",n\r\na,\"two\r\nlines, \"\"quoted\"\"\",007\r\n\r\nb, spaces ,\r\n",
    );
    let items = read_items::<Dict>(CsvInputs::open(path).key("id"));
    let row = |id: &str, text: &str, n: &str| {
        Dict::new().with("id", id).with("the, text", text).with("n", n)
    };
    assert_eq!(
        items,
        [
            ("a".to_owned(), row("a", "two\r\nlines, \"quoted\"", "007")),
            ("b".to_owned(), row("b", " spaces ", "")),
        ]
    );
}

#[test]
fn the_default_key_is_the_number_of_the_row() {
    let folder = TestFolder::new();
    let path = folder.file("in.tsv", "a\tb\n\"x\ny\"\t1\n\nz\t2");
    let inputs = CsvInputs::open(path).delimiter('\t');
    assert_eq!(block_on(JobInputs::<Value>::count(&inputs)), Some(2));
    assert_eq!(
        read_lines(inputs),
        ["1: {\"a\":\"x\\ny\",\"b\":\"1\"}", "2: {\"a\":\"z\",\"b\":\"2\"}"]
    );
}

#[test]
fn a_file_without_header_has_the_given_columns() {
    let folder = TestFolder::new();
    let path = folder.file("in.csv", "1,a\n2,b\n");
    let inputs = CsvInputs::open(path).columns(["n", "text"]);
    assert_eq!(
        read_items::<Dict>(inputs.clone()),
        [
            ("1".to_owned(), dict! { n: "1", text: "a" }),
            ("2".to_owned(), dict! { n: "2", text: "b" })
        ]
    );
    let texts = read_items::<String>(inputs.key("n").input_column("text"));
    assert_eq!(texts, [("1".to_owned(), "a".to_owned()), ("2".to_owned(), "b".to_owned())]);
}

#[test]
fn an_invalid_row_is_an_item_with_its_row_and_line() {
    let folder = TestFolder::new();
    let path = folder.file(
        "in.csv",
        b"id,text\r\n1,\"a\r\nb\"\r\n2\r\n\r\n,x\r\n4,\xff\r\n5,ok,more\r\n6,\"0123456789\r\n\"\r\n7,ok",
    );
    assert_eq!(
        read_lines(CsvInputs::open(path).key("id").max_row_bytes(10)),
        [
            "1: {\"id\":\"1\",\"text\":\"a\\r\\nb\"}",
            "row 2: invalid row 2 (line 4) of `in.csv`: expected 2 fields, found 1; it begins with `2`",
            "row 3: invalid row 3 (line 6) of `in.csv`: expected a key in column `id`; it begins \
             with `,x`",
            "row 4: invalid row 4 (line 7) of `in.csv`: expected text in UTF-8 in column `text`; \
             convert the file to UTF-8, or set its encoding; it begins with `4,\u{fffd}`",
            "row 5: invalid row 5 (line 8) of `in.csv`: expected 2 fields, found 3; it begins with \
             `5,ok,more`",
            "row 6: invalid row 6 (line 9) of `in.csv`: expected at most 10 bytes and 65536 fields; a \
             quote may not be closed; it begins with `60123456789`",
            "7: {\"id\":\"7\",\"text\":\"ok\"}",
        ]
    );
}

#[test]
fn a_quote_that_is_not_closed_is_an_error_of_the_source() {
    let folder = TestFolder::new();
    let text = "id,text\n1,a\n2,\"b\n3,c\n4,d\n";
    let expected = "failed: invalid CSV file `in.csv`: the row that begins in line 3 has a quote that \
                    is not closed";
    for max in [6, 100] {
        let inputs = CsvInputs::open(folder.file("in.csv", text)).max_row_bytes(max);
        assert_eq!(read_lines(inputs), ["1: {\"id\":\"1\",\"text\":\"a\"}", expected]);
    }
    let lines = read_lines(CsvInputs::open(folder.file("in.csv", "a\n\"")));
    assert_eq!(lines.len(), 1);
    assert!(lines[0].ends_with("the row that begins in line 2 has a quote that is not closed"));
}

#[test]
fn a_header_that_does_not_fit_is_an_error_of_the_source() {
    let folder = TestFolder::new();
    let path = folder.file("in.csv", "id;text\n1;a\n");
    assert_eq!(
        read_lines(CsvInputs::open(&path).key("id")),
        ["failed: invalid CSV file `in.csv`: unknown column `id`: expected one of `id;text`; \
          the delimiter of the file may be ';'"]
    );
    assert_eq!(
        read_lines(CsvInputs::open(folder.file("in.csv", "id;text\n1;a,b\n"))),
        ["1: invalid row 1 (line 2) of `in.csv`: expected 1 field, found 2; the delimiter of the \
             file may be ';'; it begins with `1;a,b`"]
    );
    assert_eq!(
        read_lines(CsvInputs::open(&path).columns(["a", "b", "a"])),
        [
            "failed: invalid CSV file `in.csv`: two columns have the name `a`; rename one of them in the \
          header"
        ]
    );
    assert_eq!(
        read_lines(CsvInputs::open(&path).delimiter('→')),
        [
            "failed: invalid delimiter '→': expected an ASCII character, and neither a quote nor a line \
          break"
        ]
    );
    assert_eq!(
        read_lines(CsvInputs::open(&path).max_row_bytes(6)),
        ["failed: invalid CSV file `in.csv`: expected a header of at most 6 bytes"]
    );
    assert_eq!(
        read_lines(CsvInputs::open(folder.file("in.csv", "\n"))),
        ["failed: invalid CSV file `in.csv`: expected a header, found an empty file"]
    );
}

#[test]
fn the_first_line_can_state_the_delimiter() {
    let folder = TestFolder::new();
    let text = "sep=;\r\nid;text\r\n1;a,b\r\n2\r\n";
    let expected = [
        "1: {\"id\":\"1\",\"text\":\"a,b\"}",
        "row 2: invalid row 2 (line 4) of `in.csv`: expected 2 fields, found 1; it begins with `2`",
    ];
    for text in [text.to_owned(), format!("\u{feff}{text}")] {
        let inputs = CsvInputs::open(folder.file("in.csv", text)).key("id");
        assert_eq!(block_on(JobInputs::<Value>::count(&inputs)), Some(2));
        assert_eq!(read_lines(inputs), expected);
    }
    let inputs = CsvInputs::open(folder.file("in.csv", "sep=\t\n1\ta\n")).columns(["n", "text"]);
    assert_eq!(read_items::<Dict>(inputs), [("1".to_owned(), dict! { n: "1", text: "a" })]);
}

#[test]
fn several_columns_without_a_name_have_their_numbers() {
    let folder = TestFolder::new();
    let path = folder.file("in.csv", ",text,,\n7,a,,\n");
    let row = dict! { column_1: "7", text: "a", column_3: "", column_4: "" };
    assert_eq!(read_items::<Dict>(CsvInputs::open(path)), [("1".to_owned(), row)]);
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Class {
    Spam,
    Ham,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Mail {
    id: u8,
    score: Option<f64>,
    class: Class,
    read: bool,
    tags: Vec<String>,
}

#[test]
fn fields_have_the_types_of_the_struct() {
    let folder = TestFolder::new();
    let path = folder.file(
        "in.csv",
        "id,score,class,read,tags\n 7 ,0.5,spam,TRUE,\"[\"\"a\"\"]\"\n8,,ham,false,[]\n\
         256,,ham,true,[]\n9,,eggs,true,[]\n10,,ham,1,[]\n11,,ham,true,[1]\n",
    );
    let items = read_all::<Mail>(CsvInputs::open(path));
    let [Ok(ReadItem::Item(first)), Ok(ReadItem::Item(second)), invalid @ ..] = &items[..] else {
        panic!("{items:?}")
    };
    let tags = vec!["a".to_owned()];
    let mail = Mail { id: 7, score: Some(0.5), class: Class::Spam, read: true, tags };
    assert_eq!(first.input, mail);
    let mail = Mail { id: 8, score: None, class: Class::Ham, read: false, tags: vec![] };
    assert_eq!(second.input, mail);

    let reasons = [
        "in column `id`: expected an integer from 0 to 255, found `256`;",
        "in column `class`: unknown variant `eggs`, expected `spam` or `ham`;",
        "in column `read`: expected `true` or `false`, found `1`;",
        "in column `tags[0]`: invalid type: integer `1`, expected a string at line 1 column 2;",
    ];
    assert_eq!(invalid.len(), reasons.len());
    for (item, reason) in invalid.iter().zip(reasons) {
        let Ok(ReadItem::Malformed { error, .. }) = item else { panic!("{item:?}") };
        assert!(error.message().contains(reason), "{error}");
    }
}

#[test]
fn a_row_with_very_many_fields_is_an_invalid_item() {
    let folder = TestFolder::new();
    let path = folder.file("in.csv", format!("a\n{}\nb\n", ",".repeat(200_000)));
    let lines = read_lines(CsvInputs::open(path));
    assert_eq!(lines.len(), 2);
    assert!(lines[0].contains("invalid row 1 (line 2) of `in.csv`: expected at most"), "{lines:?}");
    assert_eq!(lines[1], "2: {\"a\":\"b\"}");
}
