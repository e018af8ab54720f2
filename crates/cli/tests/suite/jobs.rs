//! `runnable job`: a person classifies a CSV file without writing Rust.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};
#[cfg(unix)]
use std::{
    io::{BufRead, BufReader, Read},
    process::ChildStderr,
};

use serde_json::Value;

use crate::{
    chat_service::{Answer, ChatService},
    program::{Printed, command, interrupt, printed, signal},
};

pub(crate) const QUESTION: &str = "Which class? {text}";

/// An empty folder for the files of a test.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("jobs-{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Writes a file with this number of tickets. Every tenth cannot be classified.
pub(crate) fn write_tickets(folder: &Path, number: usize) {
    let row = |id: usize| match id % 10 {
        0 => format!("t{id},\"{{text}}, \"\"or\"\"\nwhat?\"\n"),
        _ => format!("t{id},My parcel has not arrived\n"),
    };
    let rows: String = (1..=number).map(row).collect();
    fs::write(folder.join("tickets.csv"), format!("id,text\n{rows}")).unwrap();
}

pub(crate) fn classify(question: &str, _: usize) -> Answer {
    Answer::Text(if question.contains("parcel") { "Delivery." } else { "I cannot tell" })
}

/// Returns the program with a command for jobs, in the folder of the test.
pub(crate) fn job(folder: &Path, service: &ChatService, arguments: &[&str]) -> Command {
    let mut program = command(&[&["job"], arguments].concat());
    program.current_dir(folder).env("OLLAMA_HOST", service.address()).stdin(Stdio::null());
    program
}

fn run(folder: &Path, service: &ChatService, more: &[&str]) -> Command {
    let arguments = [
        "run",
        "job",
        "--input",
        "tickets.csv",
        "--key",
        "id",
        "--model",
        "ollama:llama3.2",
        "--labels",
        "delivery,payment",
        "--output",
        "classes.csv",
        "--concurrency",
        "4",
    ];
    job(folder, service, &[&arguments, more].concat())
}

pub(crate) fn end(mut program: Command) -> Printed {
    printed(program.output().unwrap())
}

fn wait(program: Child) -> Printed {
    printed(program.wait_with_output().unwrap())
}

fn started(mut program: Command) -> Child {
    program.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn status(folder: &Path, service: &ChatService) -> Value {
    let status = end(job(folder, service, &["status", "job", "--json"]));
    assert_eq!(status.code, 0, "{}", status.err);
    serde_json::from_str(&status.out).unwrap()
}

/// The messages of a program.
#[cfg(unix)]
struct Messages(BufReader<ChildStderr>);

#[cfg(unix)]
impl Messages {
    fn rest(&mut self) -> String {
        let mut rest = String::new();
        self.0.read_to_string(&mut rest).unwrap();
        rest
    }
}

/// Sends the signal of Ctrl-C, and waits until the program says that it stops.
#[cfg(unix)]
fn interrupted(program: &mut Child) -> Messages {
    interrupt(program);
    let mut messages = Messages(BufReader::new(program.stderr.take().unwrap()));
    let mut line = String::new();
    messages.0.read_line(&mut line).unwrap();
    assert!(line.contains("press Ctrl-C again"), "{line}");
    messages
}

#[test]
fn a_csv_file_is_classified() {
    let (folder, service) = (folder("classify"), ChatService::start(classify));
    write_tickets(&folder, 25);
    let done = end(run(&folder, &service, &["--prompt", QUESTION]));
    assert_eq!(done.code, 1, "two tickets have failed: {}", done.err);
    assert_eq!(done.out, "");
    assert!(done.err.contains("23 done, 2 failed"), "{}", done.err);
    assert!(done.err.contains("runnable job retry-failed job"), "{}", done.err);

    let classes = fs::read_to_string(folder.join("classes.csv")).unwrap();
    assert!(classes.starts_with("key,id,text,output\nt1,t1,My parcel has not arrived,delivery\n"));
    assert_eq!(classes.lines().count(), 24);
    let failed = fs::read_to_string(folder.join("job/failed.jsonl")).unwrap();
    assert_eq!(failed.lines().count(), 2);
    assert!(failed.contains("I cannot tell"), "{failed}");

    let status = status(&folder, &service);
    assert_eq!((&status["state"], &status["total"]), (&"completed".into(), &25.into()));
    assert_eq!(status["errors"][0]["items"], 2);
    assert_eq!(status["tokens"], 250);
}

#[test]
fn a_job_with_unknown_costs_stops_at_a_limit_unless_they_are_allowed() {
    let (folder, service) = (folder("unknown-costs"), ChatService::start(classify));
    write_tickets(&folder, 9);
    let arguments = ["--prompt", QUESTION, "--max-cost", "5"];
    let stopped = end(run(&folder, &service, &arguments));
    assert_eq!(stopped.code, 1, "{}", stopped.err);
    assert!(stopped.err.contains("the cost of a call is unknown"), "{}", stopped.err);
    assert!(!stopped.err.contains("9 done"), "{}", stopped.err);
    let advice = "continue with: runnable job resume job --allow-unknown-costs";
    assert!(stopped.err.contains(advice), "{}", stopped.err);

    let resumed = end(job(&folder, &service, &["resume", "job", "--allow-unknown-costs"]));
    assert_eq!(resumed.code, 0, "{}", resumed.err);
    assert!(resumed.err.contains("9 done"), "{}", resumed.err);
}

#[test]
fn a_job_continues_after_kill_9() {
    let (folder, service) = (folder("kill"), ChatService::answering(classify, 6));
    write_tickets(&folder, 19);
    let mut program = started(run(&folder, &service, &["--prompt", QUESTION, "--quiet"]));
    // Six items are done or about to be, and four wait for the service.
    service.wait_for_requests(10);
    program.kill().unwrap();
    program.wait().unwrap();
    assert!(!folder.join("classes.csv").exists());

    service.answer_all();
    let done = end(job(&folder, &service, &["resume", "job"]));
    assert_eq!(done.code, 1, "a ticket has failed: {}", done.err);
    assert!(done.err.contains("in flight when an earlier process ended"), "{}", done.err);
    let classes = fs::read_to_string(folder.join("classes.csv")).unwrap();
    assert_eq!(classes.lines().count(), 1 + 18);
    assert!(service.requests() <= 19 + 4, "{} calls", service.requests());
}

#[cfg(unix)]
#[test]
fn ctrl_c_lets_the_calls_in_flight_end() {
    let (folder, service) = (folder("interrupt"), ChatService::answering(classify, 3));
    write_tickets(&folder, 40);
    let mut program = started(run(&folder, &service, &["--prompt", QUESTION]));
    service.wait_for_requests(7);
    let running = end(job(&folder, &service, &["status", "job"]));
    assert!(running.out.starts_with("running in process"), "{}{}", running.out, running.err);
    let mut messages = interrupted(&mut program);
    service.answer_all();
    assert_eq!(wait(program).code, 130);
    let messages = messages.rest();
    assert!(messages.contains("continue with: runnable job resume job"), "{messages}");

    let status = status(&folder, &service);
    assert_eq!((&status["state"], &status["interrupted"]), (&"stopped".into(), &0.into()));
    let done = end(job(&folder, &service, &["resume", "job", "--concurrency", "8"]));
    assert_eq!(done.code, 1, "four tickets have failed: {}", done.err);
    assert_eq!(service.requests(), 40, "no call is made twice");
}

#[cfg(unix)]
#[test]
fn a_second_ctrl_c_cancels_the_calls_in_flight() {
    let (folder, service) = (folder("cancel"), ChatService::answering(classify, 0));
    write_tickets(&folder, 10);
    let mut program = started(run(&folder, &service, &["--prompt", QUESTION]));
    service.wait_for_requests(4);
    let mut messages = interrupted(&mut program);
    interrupt(&program);
    assert_eq!(wait(program).code, 130);
    let messages = messages.rest();
    assert!(messages.contains("continue with: runnable job resume job"), "{messages}");
}

#[cfg(unix)]
#[test]
fn a_service_manager_can_stop_a_job() {
    let (folder, service) = (folder("terminate"), ChatService::answering(classify, 3));
    write_tickets(&folder, 40);
    let mut program = started(run(&folder, &service, &["--prompt", QUESTION]));
    service.wait_for_requests(7);
    signal(&program, "-TERM");
    let mut messages = Messages(BufReader::new(program.stderr.take().unwrap()));
    let mut line = String::new();
    messages.0.read_line(&mut line).unwrap();
    assert!(line.contains("stopping"), "{line}");
    service.answer_all();
    assert_eq!(wait(program).code, 143);
    assert_eq!(status(&folder, &service)["interrupted"], 0);
    assert_eq!(service.requests(), 7);
}

#[test]
fn a_prompt_that_does_not_fit_is_an_error_before_the_first_call() {
    let (folder, service) = (folder("prompt"), ChatService::start(classify));
    write_tickets(&folder, 3);
    let wrong = end(run(&folder, &service, &["--prompt", "Which class? {txt}"]));
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.contains("did you mean"), "{}", wrong.err);
    assert_eq!(service.requests(), 0);
    assert!(!folder.join("job").exists(), "another prompt can be tried");
}

#[test]
fn a_folder_has_one_task() {
    let (folder, service) = (folder("task"), ChatService::start(classify));
    write_tickets(&folder, 3);
    assert_eq!(end(run(&folder, &service, &["--prompt", QUESTION])).code, 0);
    let other = end(run(&folder, &service, &["--prompt", "Another question: {text}"]));
    assert_eq!(other.code, 2);
    assert!(other.err.contains("its prompt differs"), "{}", other.err);

    let same = end(run(&folder, &service, &["--prompt", QUESTION]));
    assert_eq!(same.code, 0);
    assert!(same.err.contains("3 done before"), "{}", same.err);
    assert_eq!(service.requests(), 3);
}

#[test]
fn failed_items_are_tried_again_and_exported() {
    let (folder, refusing) = (folder("retry"), ChatService::start(|_, _| Answer::Error(400)));
    write_tickets(&folder, 4);
    let failed = end(run(&folder, &refusing, &["--prompt", QUESTION, "--max-failures", "3"]));
    assert_eq!(failed.code, 1);
    assert!(failed.err.contains("too many items failed"), "{}", failed.err);

    let service = ChatService::start(classify);
    let more = ["retry-failed", "job", "--max-failures", "10"];
    let done = end(job(&folder, &service, &more));
    assert_eq!(done.code, 0, "{}", done.err);
    let export = ["export", "job", "-o", "out.jsonl", "-o", "out.txt", "--without-inputs"];
    assert_eq!(end(job(&folder, &service, &export)).code, 0);
    assert_eq!(fs::read_to_string(folder.join("out.txt")).unwrap(), "delivery\n".repeat(4));
    let lines = fs::read_to_string(folder.join("out.jsonl")).unwrap();
    assert!(lines.starts_with("{\"key\":\"t1\",\"output\":\"delivery\"}\n"), "{lines}");
}

#[test]
fn an_invalid_key_stops_the_job_and_no_item_fails() {
    let folder = folder("key");
    write_tickets(&folder, 3);
    let service =
        crate::service::Service::start(401, r#"{"error":{"message":"the key is invalid"}}"#, || ());
    let arguments = [
        "job",
        "run",
        "job",
        "--input",
        "tickets.csv",
        "--model",
        "ollama:llama3.2",
        "--prompt",
        QUESTION,
        "--concurrency",
        "1",
    ];
    let mut program = command(&arguments);
    program.current_dir(&folder).env("OLLAMA_HOST", service.address());
    let failed = printed(program.output().unwrap());
    assert_eq!(failed.code, 2);
    assert!(failed.err.contains("the key is invalid"), "{}", failed.err);
    assert!(failed.err.contains("continue with: runnable job resume job"), "{}", failed.err);
}

#[test]
fn commands_for_a_folder_without_a_job_say_so() {
    let (folder, service) = (folder("none"), ChatService::start(classify));
    for name in ["status", "resume", "retry-failed"] {
        let failed = end(job(&folder, &service, &[name, "missing"]));
        assert_eq!(failed.code, 2, "{name}");
        assert!(failed.err.contains("missing"), "{name}: {}", failed.err);
        assert!(!folder.join("missing").exists(), "{name} creates nothing");
    }
}
