//! Compile errors are part of the API: what the compiler says to a wrong chain.

#[test]
fn compiler_errors_of_invalid_chains_contain_advice() {
    trybuild::TestCases::new().compile_fail("tests/compile_errors/*.rs");
}
