//! The tree of `runnable follow`, in a pipe.

use std::{
    io::{BufRead, BufReader},
    process::{Child, ChildStdout, Stdio},
};

use crate::{growing::Growing, program::command};

/// A running `runnable follow`. It is killed when this value is dropped.
struct Follower {
    program: Child,
    out: BufReader<ChildStdout>,
}

impl Follower {
    fn start(file: &str) -> Self {
        let mut program = command(&["follow", file]);
        let program = program.stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut program = program.expect("the program starts");
        let out = BufReader::new(program.stdout.take().expect("standard output is a pipe"));
        Self { program, out }
    }

    /// Waits for the next line.
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).expect("the line is text");
        line
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// Returns the line of an event of a root run.
fn event(run: &str, event: &str, data: &str) -> Vec<u8> {
    let line = format!(
        r#"{{"v":"1.0","seq":0,"time":"2026-01-31T12:00:00Z","since_root_ms":0,"elapsed_ms":0,"run_id":"{run}","name":"{run}","kind":"chain","event":"{event}","data":{data}}}"#
    );
    format!("{line}\n").into_bytes()
}

fn start(run: &str) -> Vec<u8> {
    event(run, "start", r#"{"input":1}"#)
}

fn end(run: &str) -> Vec<u8> {
    event(run, "end", r#"{"output":2}"#)
}

#[test]
fn a_long_call_does_not_delay_the_trees_of_other_calls() {
    let mut recording = Growing::new("tree_long.jsonl");
    recording.append(&[start("long"), start("short"), end("short")].concat());
    let mut follower = Follower::start(recording.path());
    assert!(follower.line().starts_with("✓ short"));
    recording.append(&[start("next"), end("next")].concat());
    assert!(follower.line().starts_with("✓ next"));
    recording.append(&end("long"));
    assert!(follower.line().starts_with("✓ long"));
}

#[test]
fn calls_of_a_recording_that_is_replaced_are_not_finished() {
    let mut recording = Growing::new("tree_replaced.jsonl");
    recording.append(&[start("long"), start("short"), end("short")].concat());
    let mut follower = Follower::start(recording.path());
    assert!(follower.line().starts_with("✓ short"));
    recording.clear();
    let line = follower.line();
    assert!(line.starts_with("◌ long") && line.contains("not finished"), "{line}");
    recording.append(&[start("short"), end("short")].concat());
    assert!(follower.line().starts_with("✓ short"));
}
