//! One test for each golden case, under its name: our chains do what the reference does with the
//! same ones, compared by the rules of [`runnable_testing::golden`].
//!
//! The files in `cases/` and `further/` are what langchain-core 1.7.2 does. Where ours differs on purpose beyond
//! those rules, the test says so:
//!
//! * `events_branch_in_sequence`, `events_fallbacks_in_sequence`: ours has chunk events of the branch
//!   and of the step with fallbacks, whose output streams.
//! * `events_each`: the reference refuses; ours has events, and streams the list item by item.
//! * `events_model_tool_call_chunks`: the reference repairs the half arguments in each chunk, so that
//!   it has calls whose arguments are wrong; ours has only the pieces. The end has the whole message
//!   with its calls, where the reference has the merged pieces besides.
//! * `events_model_usage`: a later count of tokens replaces an earlier one, unless the provider says
//!   that it is more of them, as it does here.

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
