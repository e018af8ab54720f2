//! One test for each golden case, under its name: our chains do what the reference does with the
//! same ones, compared by the rules of [`runnable_testing::golden`].
//!
//! The files in `cases/` are what langchain-core 1.7.2 does. Where ours differs on purpose beyond
//! those rules, the test says so:
//!
//! * `events_each`: the reference refuses; ours has events, and streams the list item by item.

mod chains;
mod filters;
mod models;
mod parts;
mod resilience;
mod results;
mod steps;

use std::{collections::BTreeSet, fs, path::PathBuf};

use runnable_testing::golden::Case;

/// Cases without a test, each with what is missing for it.
const LEFT_OUT: [(&str, &str); 7] = [
    ("events_json_parser", "there is no JSON parser"),
    ("events_llm", "there is no text model, and no `generations` in the v2 view"),
    ("events_model_tool_call_chunks", "messages have no tool calls"),
    ("events_model_usage", "of several counts of tokens the last stands; the reference adds them"),
    ("events_retriever", "there is no retriever"),
    ("events_tool", "there is no tool"),
    ("stream_json_parser", "there is no JSON parser"),
];

const TESTS: [&str; 6] = [
    include_str!("chains.rs"),
    include_str!("filters.rs"),
    include_str!("models.rs"),
    include_str!("resilience.rs"),
    include_str!("results.rs"),
    include_str!("steps.rs"),
];

fn folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "golden", "cases"].iter().collect()
}

fn golden(case: &str) -> Case {
    let case = Case::read(folder().join(case).with_extension("json")).unwrap();
    case.renamed("GenericFakeChatModel", "ScriptedChat")
}

#[test]
fn every_case_has_a_test_or_a_reason() {
    let cases: BTreeSet<String> = fs::read_dir(folder())
        .unwrap()
        .map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(cases.len(), 49);
    let left_out: BTreeSet<&str> = LEFT_OUT.iter().map(|(case, _)| *case).collect();
    for case in &cases {
        let test = format!("async fn {case}()");
        let is_tested = TESTS.iter().any(|file| file.contains(&test));
        assert!(is_tested != left_out.contains(&**case), "{case}");
    }
    assert!(left_out.iter().all(|case| cases.contains(*case)));
}
