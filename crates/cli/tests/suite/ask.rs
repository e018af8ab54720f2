//! `runnable run`: what happens to a question if something else fails.

use std::{io::Write, process::Stdio};

use crate::{
    program::{command, interrupt, printed},
    service::Service,
};

const ANSWER: &str = r#"{"id":"1","object":"chat.completion","created":0,"model":"llama3.2",
    "choices":[{"index":0,"message":{"role":"assistant","content":"Hi!"},"finish_reason":"stop"}]}"#;

#[test]
fn run_prints_an_answer_as_json() {
    let service = Service::start(200, ANSWER, || ());
    let mut program = command(&["run", "ollama:llama3.2", "hello", "--json", "--quiet"]);
    let answer = printed(program.env("OLLAMA_HOST", service.address()).output().unwrap());
    assert_eq!(answer.code, 0, "{}", answer.err);
    assert!(answer.out.contains(r#""text":"Hi!""#), "{}", answer.out);
}

// Every write to `/dev/full` fails.
#[cfg(target_os = "linux")]
#[test]
fn the_errors_of_the_model_and_of_the_recording_are_both_printed() {
    let service = Service::start(401, r#"{"error":{"message":"the key is invalid"}}"#, || ());
    let arguments = ["run", "ollama:llama3.2", "hello", "--quiet", "--record", "/dev/full"];
    let mut program = command(&arguments);
    let failed = printed(program.env("OLLAMA_HOST", service.address()).output().unwrap());
    assert_eq!((failed.code, &*failed.out), (2, ""), "{}", failed.err);
    assert!(failed.err.contains("the key is invalid"), "{}", failed.err);
    assert!(failed.err.contains("failed to write the recording"), "{}", failed.err);
}

#[cfg(target_os = "linux")]
#[test]
fn a_recording_whose_pipe_is_closed_is_an_error() {
    let pipe = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("record.pipe");
    let _ = std::fs::remove_file(&pipe);
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("`mkfifo` starts");
    assert!(made.success());
    // A pipe that is open for reading and writing does not wait for the other end.
    let reader = std::fs::File::options().read(true).write(true).open(&pipe).unwrap();
    let service = Service::start(200, ANSWER, move || drop(reader));
    let file = pipe.to_str().unwrap();
    let mut program = command(&["run", "ollama:llama3.2", "hello", "--quiet", "--record", file]);
    program.arg("--json").env("OLLAMA_HOST", service.address());
    let answer = printed(program.output().unwrap());
    assert!(answer.out.contains("Hi!"), "{}", answer.out);
    assert!(answer.err.contains("failed to write the recording"), "{}", answer.err);
    assert_eq!(answer.code, 2);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_the_program_while_it_reads_the_question() {
    let mut program = command(&["run", "ollama:llama3.2", "-"]);
    let mut program = program.stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    // The text is larger than the buffer of a pipe, so the program reads when it is written.
    program.stdin.as_mut().unwrap().write_all(&[b'a'; 1 << 20]).unwrap();
    interrupt(&program);
    // `wait` would close standard input.
    let _stdin = program.stdin.take();
    assert_eq!(program.wait().unwrap().code(), Some(130));
}
