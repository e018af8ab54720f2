//! Tests the compile errors of invalid chains with models, because they are part of the API.

#[test]
fn compile_errors_of_model_chains_say_what_to_do() {
    trybuild::TestCases::new().compile_fail("tests/compile_errors/*.rs");
}
