//! Compile errors are part of the API: what the compiler says to a wrong chain of a model.

#[test]
fn wrong_chains_of_models_are_told_what_to_do() {
    trybuild::TestCases::new().compile_fail("tests/compile_errors/*.rs");
}
