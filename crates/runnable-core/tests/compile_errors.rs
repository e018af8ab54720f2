//! Compile errors are part of the API: what the compiler says to a wrong chain.

#[test]
fn wrong_chains_are_told_what_to_do() {
    trybuild::TestCases::new().compile_fail("tests/compile_errors/*.rs");
}
