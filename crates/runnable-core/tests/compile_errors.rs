//! Compiler errors of invalid chains. They are part of the API.

#[test]
fn compiler_errors_of_invalid_chains_contain_advice() {
    trybuild::TestCases::new().compile_fail("tests/compile_errors/*.rs");
}
