//! What each command prints.

use std::{fs, path::Path};

use runnable::events::Finding;
use serde_json::{Value, json};

use crate::{
    program::{runnable, runnable_with_input},
    recordings::Recorded,
};

/// A recording of a chain that calls two models, and is cancelled.
const CALLS: &str = r#"
{"v":"1.0","seq":0,"time":"2026-01-31T12:00:00Z","since_root_ms":0,"elapsed_ms":0,"run_id":"c","name":"chain","kind":"chain","event":"start","data":{"input":"hi"}}
{"v":"1.0","seq":1,"time":"2026-01-31T12:00:01Z","since_root_ms":1,"elapsed_ms":1,"run_id":"o","parent_ids":["c"],"path":["chain"],"name":"ChatOpenAI","kind":"chat_model","event":"end","data":{"output":{"type":"ai","content":"","usage_metadata":{"input_tokens":1000000,"output_tokens":0,"total_tokens":1000000},"response_metadata":{"model_name":"gpt-4o-mini","model_provider":"openai"}}}}
{"v":"1.0","seq":2,"time":"2026-01-31T12:00:02Z","since_root_ms":2,"elapsed_ms":1,"run_id":"u","parent_ids":["c"],"path":["chain"],"name":"OtherModel","kind":"chat_model","event":"end","data":{"output":{"type":"ai","content":"","usage_metadata":{"input_tokens":10,"output_tokens":0,"total_tokens":10},"response_metadata":{"model_name":"other","model_provider":"other"}}}}
{"v":"1.0","seq":3,"time":"2026-01-31T12:00:03Z","since_root_ms":3,"elapsed_ms":3,"run_id":"c","name":"chain","kind":"chain","event":"cancelled","data":{"cause":"time_limit"}}
"#;

#[tokio::test]
async fn show_prints_the_tree_from_a_file_and_from_a_pipe() {
    let recorded = Recorded::greeting("show.jsonl", "ada").await;
    let tree = runnable(&["show", recorded.path()]);
    assert_eq!(tree.code, 0, "{}", tree.err);
    for name in ["greeting", "greet", "shout"] {
        assert!(tree.out.contains(name), "{}", tree.out);
    }
    assert!(!tree.out.contains('\x1b'), "no colours in a pipe: {}", tree.out);
    assert!(!tree.out.contains("HELLO"), "no values by default: {}", tree.out);

    let values = runnable_with_input(&["show", "--values", "-"], &recorded.bytes());
    assert!(values.out.contains("HELLO, ADA"), "{}", values.out);
    let colored = runnable(&["show", "--color", "always", recorded.path()]);
    assert!(colored.out.contains('\x1b'), "{}", colored.out);
}

#[tokio::test]
async fn show_prints_one_json_object_per_run() {
    let recorded = Recorded::greeting("json.jsonl", "ada").await;
    let json = runnable(&["show", "--json", recorded.path()]);
    let runs: Vec<Value> =
        json.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let names: Vec<_> = runs.iter().map(|run| run["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["greeting", "greet", "shout"]);
    assert_eq!(runs[0]["output"], "HELLO, ADA");
    assert_eq!(runs[1]["parent_id"], runs[0]["id"]);
}

#[test]
fn show_prints_costs_and_the_causes_of_cancellations_as_json() {
    let json = runnable_with_input(&["show", "--json", "-"], CALLS.as_bytes());
    let runs = json.out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let shown: Vec<_> = runs
        .map(|run| {
            [&run["name"], &run["cost"], &run["unknown_cost"], &run["cause"]].map(Value::clone)
        })
        .collect();
    let none = Value::Null;
    assert_eq!(
        shown,
        [
            [json!("chain"), none.clone(), none.clone(), json!("time_limit")],
            [json!("ChatOpenAI"), json!("0.15"), none.clone(), none.clone()],
            [json!("OtherModel"), none.clone(), json!("unknown_model"), none],
        ]
    );
}

#[tokio::test]
async fn a_recording_is_exported_to_files_and_pipes() {
    let recorded = Recorded::greeting("export.jsonl", "ada").await;
    let page = recorded.path().replace(".jsonl", ".html");
    let written = runnable(&["page", recorded.path(), "-o", &page]);
    assert_eq!((written.code, &*written.out), (0, ""), "{}", written.err);
    assert!(fs::read_to_string(&page).unwrap().starts_with("<!doctype html>"));
    let folder = Path::new(&page).parent().unwrap();
    let unfinished =
        fs::read_dir(folder).unwrap().filter_map(|file| file.ok()?.file_name().into_string().ok());
    let unfinished: Vec<_> = unfinished.filter(|name| name.ends_with(".unfinished")).collect();
    assert_eq!(unfinished, [""; 0]);

    let perfetto = runnable(&["perfetto", recorded.path()]);
    let perfetto: Value = serde_json::from_str(&perfetto.out).unwrap();
    assert!(!perfetto["traceEvents"].as_array().unwrap().is_empty());
    assert!(runnable(&["mermaid", recorded.path()]).out.starts_with("sequenceDiagram"));
    let markdown = runnable(&["markdown", recorded.path(), "--max-chars", "2000"]);
    assert!(markdown.out.contains("greeting"), "{}", markdown.out);
    assert!(markdown.out.chars().count() <= 2_001, "{}", markdown.out.len());
}

#[tokio::test]
async fn diff_prints_the_first_difference_and_exits_with_1() {
    let ada = Recorded::greeting("ada.jsonl", "ada").await;
    let bob = Recorded::greeting("bob.jsonl", "bob").await;
    let same = runnable(&["diff", ada.path(), ada.path()]);
    assert_eq!(same.code, 0, "{}", same.out);
    let diff = runnable(&["diff", ada.path(), bob.path()]);
    assert_eq!(diff.code, 1, "{}", diff.err);
    assert!(diff.out.contains("- ada") && diff.out.contains("+ bob"), "{}", diff.out);
    let json = runnable(&["diff", "--json", ada.path(), bob.path()]);
    assert_eq!(json.code, 1);
    assert!(serde_json::from_str::<Value>(&json.out).is_ok(), "{}", json.out);
}

#[tokio::test]
async fn findings_exit_with_0_if_there_are_none() {
    let recorded = Recorded::greeting("fine.jsonl", "ada").await;
    let findings = runnable(&["findings", recorded.path()]);
    assert_eq!((findings.code, &*findings.out), (0, ""), "{}", findings.err);
}

#[tokio::test]
async fn findings_of_a_recording_with_a_gap_exit_with_1() {
    let recorded = Recorded::greeting("gap.jsonl", "ada").await;
    let bytes = recorded.bytes();
    let lines: Vec<_> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let without_one = [&lines[..3], &lines[4..]].concat().concat();
    let findings = runnable_with_input(&["findings", "--json", "-"], &without_one);
    assert_eq!(findings.code, 1, "{}", findings.err);
    let found: Finding = serde_json::from_str(findings.out.lines().next().unwrap()).unwrap();
    assert_eq!(found.code.as_str(), "lost_events");
    assert!(findings.err.contains("1 event is missing"), "{}", findings.err);
}

#[tokio::test]
async fn stats_print_a_row_for_each_call_and_step() {
    let ada = Recorded::greeting("stats1.jsonl", "ada").await;
    let failed = Recorded::greeting("stats2.jsonl", "").await;
    let stats = runnable(&["stats", ada.path(), failed.path()]);
    let row = |name: &str| {
        let row = stats.out.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        row.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(row("greeting")[1..3], ["2", "1"], "{}", stats.out);
    assert_eq!(row("shout (chain)")[2], "1", "{}", stats.out);
    let json = runnable(&["stats", "--json", ada.path(), failed.path()]);
    let json: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(json["calls"][0]["runs"], 2);
}

#[test]
fn completions_and_help_contain_the_commands() {
    let script = runnable(&["completions", "bash"]);
    assert!(script.out.contains("findings"), "{}", script.err);
    let help = runnable(&["--help"]);
    assert!(help.out.contains("Examples:") && help.out.contains("runnable page"), "{}", help.out);
}
