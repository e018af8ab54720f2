//! What the program prints if a command fails.

use crate::{
    program::{runnable, runnable_with_input},
    recordings::Recorded,
};

#[test]
fn the_error_for_a_missing_file_contains_its_name() {
    let printed = runnable(&["show", "no such file.jsonl"]);
    assert_eq!((printed.code, &*printed.out), (2, ""));
    assert!(printed.err.contains("`no such file.jsonl`"), "{}", printed.err);
}

#[test]
fn a_file_that_is_not_a_recording_is_an_error() {
    let printed = runnable_with_input(&["show", "-"], b"hello\nworld\n");
    assert_eq!(printed.code, 2);
    assert!(printed.err.contains("`-` is not a recording"), "{}", printed.err);
    assert_eq!(runnable_with_input(&["show", "-"], b"").code, 2);
}

#[tokio::test]
async fn every_prefix_of_a_recording_can_be_shown_or_is_an_error() {
    let recorded = Recorded::greeting("cut.jsonl", "ada").await;
    let bytes = recorded.bytes();
    for length in (0..bytes.len()).step_by(bytes.len() / 20) {
        let printed = runnable_with_input(&["show", "-"], &bytes[..length]);
        assert!([0, 2].contains(&printed.code), "{length} bytes: {}", printed.err);
    }
}

#[tokio::test]
async fn the_error_for_an_unknown_root_lists_the_known_roots() {
    let recorded = Recorded::greeting("roots.jsonl", "ada").await;
    let printed = runnable(&["show", recorded.path(), "--root", "farewell"]);
    assert_eq!(printed.code, 2);
    assert!(printed.err.contains("expected `greeting`"), "{}", printed.err);
    assert_eq!(runnable(&["show", recorded.path(), "--root", "greeting"]).code, 0);
}

#[test]
fn the_error_for_an_unknown_root_lists_at_most_ten_roots() {
    let event = |number| {
        format!(
            r#"{{"v":"1.0","seq":{number},"time":"2026-01-31T12:00:00Z","since_root_ms":0,"elapsed_ms":0,"run_id":"{number}","name":"call{number:02}\u001b","kind":"chain","event":"start","data":{{"input":1}}}}"#
        ) + "\n"
    };
    let recording: String = (0..15).map(event).collect();
    let printed = runnable_with_input(&["show", "-", "--root", "farewell"], recording.as_bytes());
    assert_eq!(printed.code, 2);
    assert!(printed.err.contains("call09") && !printed.err.contains("call10"), "{}", printed.err);
    assert!(printed.err.contains(", 5 more names"), "{}", printed.err);
    assert!(!printed.err.contains('\x1b'), "control characters are replaced: {}", printed.err);
}

#[test]
fn the_error_for_a_missing_key_contains_the_environment_variable() {
    let printed = runnable(&["run", "openai:gpt-4o-mini", "hello"]);
    assert_eq!(printed.code, 2);
    assert!(printed.err.contains("OPENAI_API_KEY"), "{}", printed.err);
}

#[test]
fn invalid_arguments_exit_with_2() {
    assert_eq!(runnable(&["shwo", "run.jsonl"]).code, 2);
    assert_eq!(runnable(&[]).code, 2);
}
