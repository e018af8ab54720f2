//! One test for each golden case, with the name of the case. The tests compare the results of
//! this library with those of LangChain, by the rules of [`runnable_testing::golden`].
//!
//! The files in `cases/` and `further/` are results of langchain-core 1.7.2. These tests accept
//! further differences:
//!
//! * `events_branch_in_sequence`, `events_fallbacks_in_sequence`: the branch and the step with
//!   fallbacks have chunk events, because their output streams.
//! * `events_each`: LangChain does not support this call. This library has events, and streams
//!   the list item by item.
//! * `events_model_tool_call_chunks`: LangChain repairs incomplete arguments in each chunk, which
//!   creates calls with wrong arguments. This library has only the chunks of the calls. The end
//!   event has the calls, and in LangChain also the merged chunks.
//! * `events_model_usage`: a later usage replaces an earlier one, unless the provider adds to it,
//!   as in this test.

mod chains;
mod filters;
mod further;
mod models;
mod parts;
mod resilience;
mod results;
mod steps;

use std::{collections::BTreeSet, fs, path::PathBuf};

use runnable_testing::golden::Case;

const TESTS: [&str; 6] = [
    include_str!("chains.rs"),
    include_str!("filters.rs"),
    include_str!("models.rs"),
    include_str!("resilience.rs"),
    include_str!("results.rs"),
    include_str!("steps.rs"),
];

fn folder(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "golden", name].iter().collect()
}

fn golden(case: &str) -> Case {
    let case = Case::read(folder("cases").join(case).with_extension("json")).unwrap();
    case.rename("GenericFakeChatModel", "ScriptedChatModel")
}

#[test]
fn every_case_has_a_test() {
    let cases = fs::read_dir(folder("cases")).unwrap();
    let cases = cases.map(|file| file.unwrap().path().file_stem().unwrap().to_owned());
    let cases: BTreeSet<String> = cases.map(|case| case.into_string().unwrap()).collect();
    assert_eq!(cases.len(), 49);
    for case in &cases {
        let test = format!("async fn {case}()");
        assert!(TESTS.iter().any(|file| file.contains(&test)), "{case}");
    }
}
