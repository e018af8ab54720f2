//! The files that a job reads and writes.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use crate::{
    chat_service::{Answer, ChatService},
    jobs::{QUESTION, classify, end, folder, job, write_tickets},
};

/// Returns a command that begins a job with the rows of `tickets.csv`.
fn run(folder: &Path, service: &ChatService, more: &[&str]) -> Command {
    let arguments =
        ["run", "job", "--input", "tickets.csv", "--model", "ollama:llama3.2", "--quiet"];
    job(folder, service, &[&arguments, more].concat())
}

#[test]
fn a_file_of_a_spreadsheet_in_another_encoding_is_read() {
    let (folder, service) = (folder("encoding"), ChatService::start(classify));
    fs::write(folder.join("tickets.csv"), b"id;Gr\xfc\xdfe\na7;my parcel\n").unwrap();
    let arguments = ["--delimiter", ";", "--prompt", "Which class? {Gr\u{fc}\u{df}e}"];
    let refused = end(run(&folder, &service, &arguments));
    assert_eq!(refused.code, 2, "{}", refused.err);
    assert!(refused.err.contains("set its encoding"), "{}", refused.err);

    let done =
        end(run(&folder, &service, &[&arguments[..], &["--encoding", "windows-1252"]].concat()));
    assert_eq!(done.code, 0, "{}", done.err);
}

#[test]
fn a_file_of_a_spreadsheet_is_read() {
    let (folder, service) = (folder("spreadsheet"), ChatService::start(classify));
    let text = "\u{feff}Ticket ID; Text;;\r\n007;\"My parcel, {Text}\";;\r\n";
    fs::write(folder.join("tickets.csv"), text).unwrap();
    let arguments = ["--prompt", "{{1}} {Ticket ID}: {Text}", "-o", "out.csv"];
    let refused = end(run(&folder, &service, &arguments));
    assert_eq!(refused.code, 2);
    let expected = "begins with 1 invalid item: invalid row 1 (line 2)";
    assert!(refused.err.contains(expected), "{}", refused.err);
    assert!(refused.err.contains("the delimiter of the file may be ';'"), "{}", refused.err);
    fs::write(folder.join("tickets.csv"), text.replace("l, {", "l {")).unwrap();
    let refused = end(run(&folder, &service, &arguments));
    assert!(refused.err.contains("add `--delimiter ';'`"), "{}", refused.err);
    assert_eq!(service.requests(), 0);

    fs::write(folder.join("tickets.csv"), text).unwrap();
    let done = end(run(&folder, &service, &[&arguments[..], &["--delimiter", ";"]].concat()));
    assert_eq!(done.code, 0, "{}", done.err);
    assert_eq!(
        fs::read_to_string(folder.join("out.csv")).unwrap(),
        "key,Ticket ID, Text,column_3,column_4,output\n1,007,\"My parcel, {Text}\",,,Delivery.\n"
    );
}

#[test]
fn a_column_that_is_missing_is_an_error_before_the_first_call() {
    let (folder, service) = (folder("column"), ChatService::start(classify));
    write_tickets(&folder, 1);
    let cases = [
        ("{Ticket ID}", "missing column `Ticket ID`: expected one of `id`, `text`"),
        ("Answer as {\"class\": 1}. {text}", "to write a literal brace, use `{{`"),
        (" ", "the prompt is empty"),
    ];
    for (question, expected) in cases {
        let refused = end(run(&folder, &service, &["--prompt", question]));
        assert_eq!(refused.code, 2, "{question}");
        assert!(refused.err.contains(expected), "{question}: {}", refused.err);
        assert!(!folder.join("job").exists(), "{question}");
    }
    let same = end(run(&folder, &service, &["--prompt", "Which class?"]));
    assert!(same.err.contains("the same for all items"), "{}", same.err);
}

#[test]
fn a_file_without_a_header_has_the_given_columns() {
    let (folder, service) = (folder("headless"), ChatService::start(classify));
    fs::write(folder.join("tickets.csv"), "7\tMy parcel\n8\tMoney\n").unwrap();
    let arguments = ["--columns", "id,text", "--key", "id", "--delimiter", r"\t"];
    let done = end(run(&folder, &service, &[&arguments[..], &["--prompt", QUESTION]].concat()));
    assert_eq!(done.code, 0, "{}", done.err);
    let export = "runnable job export job -o results.csv";
    assert!(done.err.contains(export), "{}", done.err);
    assert_eq!(end(job(&folder, &service, &["export", "job", "-o", "results.csv"])).code, 0);
    let results = fs::read_to_string(folder.join("results.csv")).unwrap();
    assert!(results.starts_with("key,id,text,output\n7,7,My parcel,Delivery.\n8,"), "{results}");
}

#[test]
fn an_output_never_replaces_an_input() {
    let (folder, service) = (folder("places"), ChatService::start(classify));
    write_tickets(&folder, 3);
    fs::create_dir_all(folder.join("letters")).unwrap();
    fs::write(folder.join("letters/a.txt"), "My parcel").unwrap();
    let before = fs::read(folder.join("tickets.csv")).unwrap();
    let cases: [(&[&str], &str); 4] = [
        (&["-o", "letters/../tickets.csv"], "is the input, and would replace it"),
        (&["-o", "out.csv", "-o", "./out.csv"], "is given twice"),
        (&["-o", "missing/out.csv"], "is in a folder that does not exist"),
        (&["-o", "out.xlsx"], "unknown format of the output"),
    ];
    for (outputs, expected) in cases {
        let refused = end(run(&folder, &service, &[&["--prompt", QUESTION], outputs].concat()));
        assert_eq!(refused.code, 2, "{expected}");
        assert!(refused.err.contains(expected), "{expected}: {}", refused.err);
        assert!(!folder.join("job").exists(), "{expected}: another output can be tried");
    }
    let model = ["--input", "letters", "--model", "ollama:llama3.2", "--prompt", QUESTION];
    for more in [&["run", "job", "-o", "letters/out.csv"][..], &["run", "letters/job"]] {
        let refused = end(job(&folder, &service, &[more, &model].concat()));
        assert_eq!(refused.code, 2);
        assert!(refused.err.contains("is inside of the folder of the inputs"), "{}", refused.err);
    }

    assert_eq!(end(run(&folder, &service, &["--prompt", QUESTION])).code, 0);
    let refused = end(job(&folder, &service, &["export", "job", "-o", "tickets.csv"]));
    assert!(refused.err.contains("is the input"), "{}", refused.err);
    assert_eq!(fs::read(folder.join("tickets.csv")).unwrap(), before);
    let refused = end(job(&folder, &service, &["export", "job", "--failed", "-o", "failed.csv"]));
    assert!(refused.err.contains("a file named .jsonl"), "{}", refused.err);
}

#[test]
fn the_outputs_of_a_job_can_change() {
    let (folder, service) = (folder("outputs"), ChatService::start(classify));
    write_tickets(&folder, 3);
    assert_eq!(end(run(&folder, &service, &["--prompt", QUESTION, "-o", "a.csv"])).code, 0);
    assert_eq!(end(run(&folder, &service, &["--prompt", QUESTION, "-o", "b.jsonl"])).code, 0);
    assert_eq!(service.requests(), 3);
    assert_eq!(fs::read_to_string(folder.join("b.jsonl")).unwrap().lines().count(), 3);
}

#[cfg(unix)]
#[test]
fn a_pipe_is_not_an_input() {
    let (folder, service) = (folder("pipe"), ChatService::start(classify));
    for input in ["/dev/stdin", "-"] {
        let arguments =
            ["run", "job", "--format", "lines", "--model", "ollama:llama3.2", "--prompt"];
        let arguments = [&arguments[..], &[QUESTION, "--input", input]].concat();
        let mut program = job(&folder, &service, &arguments);
        let refused = end({
            program.stdin(Stdio::piped());
            program
        });
        assert_eq!(refused.code, 2);
        assert!(
            refused.err.contains(&format!("the input `{input}` is not a file")),
            "{}",
            refused.err
        );
    }
}

#[test]
fn a_refusal_is_a_failed_item() {
    let service = ChatService::start(|question, _| {
        let is_about_parcels = question.contains("parcel");
        if is_about_parcels { Answer::Refusal("I cannot help") } else { Answer::Text("other") }
    });
    let folder = folder("refusal");
    fs::write(folder.join("tickets.csv"), "text\nMy parcel\nMoney\n").unwrap();
    let failed = end(run(&folder, &service, &["--prompt", QUESTION]));
    assert_eq!(failed.code, 1);
    let lines = fs::read_to_string(folder.join("job/failed.jsonl")).unwrap();
    assert!(lines.contains("the model refused to answer: I cannot help"), "{lines}");
    assert_eq!(lines.lines().count(), 1);
}

#[test]
fn invalid_rows_can_be_corrected() {
    let (folder, service) = (folder("my rows"), ChatService::start(classify));
    let input = folder.join("tickets.csv");
    fs::write(&input, b"id,text\n1,P\xe4ckchen\n2,parcel\n").unwrap();
    let arguments = ["run", "a job", "--input", "tickets.csv", "--model", "ollama:llama3.2"];
    let arguments = [&arguments[..], &["--key", "id", "--prompt", QUESTION]].concat();
    let failed = end(job(&folder, &service, &arguments));
    assert_eq!(failed.code, 1);
    assert!(failed.err.contains("runnable job retry-failed 'a job'"), "{}", failed.err);

    fs::write(&input, "id,text\n1,P\u{e4}ckchen\n2,parcel\n").unwrap();
    assert_eq!(end(job(&folder, &service, &["retry-failed", "a job"])).code, 0);
    let status = end(job(&folder, &service, &["status", "a job"]));
    assert!(status.out.starts_with("completed: 2 of 2 items done, 0 failed"), "{}", status.out);
}

#[test]
fn limits_without_an_effect_are_errors() {
    let (folder, service) = (folder("numbers"), ChatService::start(classify));
    write_tickets(&folder, 1);
    let cases = [
        ["--concurrency", "0"],
        ["--attempts", "0"],
        ["--max-failures", "0"],
        ["--max-tokens", "0"],
        ["--requests-per-minute", "0"],
        ["--tokens-per-minute", "-1"],
        ["--max-cost", "-1"],
        ["--temperature", "nan"],
        ["--labels", ","],
    ];
    for option in cases {
        let refused = end(run(&folder, &service, &[&["--prompt", QUESTION], &option[..]].concat()));
        assert_eq!(refused.code, 2, "{option:?}");
        assert!(refused.err.contains(option[0]), "{option:?}: {}", refused.err);
        assert!(!folder.join("job").exists(), "{option:?}");
    }
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_files_are_read_and_written() {
    let (folder, service) = (folder("parquet"), ChatService::start(classify));
    write_tickets(&folder, 3);
    assert_eq!(end(run(&folder, &service, &["--prompt", QUESTION, "-o", "a.parquet"])).code, 0);
    let again = ["run", "again", "--input", "a.parquet", "--key", "id", "--prompt", QUESTION];
    let again = [&again[..], &["--model", "ollama:llama3.2", "-o", "b.csv"]].concat();
    let done = end(job(&folder, &service, &again));
    assert_eq!(done.code, 0, "{}", done.err);
    assert_eq!(fs::read_to_string(folder.join("b.csv")).unwrap().lines().count(), 4);
}
