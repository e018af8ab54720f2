//! Compiler errors in a crate that depends only on `runnable`. Their advice must work there.

use std::{fs, path::Path};

#[test]
fn compiler_errors_with_one_dependency_contain_advice() {
    trybuild::TestCases::new().compile_fail("tests/compile_errors/*.rs");
}

#[test]
fn compiler_errors_name_no_other_crate() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compile_errors");
    let mut count = 0;
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "stderr") {
            let text = fs::read_to_string(&path).unwrap();
            // The names of crates in paths have underscores, and their folders have hyphens.
            assert!(!text.contains("runnable_"), "{}", path.display());
            count += 1;
        }
    }
    assert_eq!(count, 6);
}
