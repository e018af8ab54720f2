//! The folders in which cases are looked for.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// The cases below a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Collection {
    /// The name and the folder of each, sorted by name.
    pub cases: Vec<(String, PathBuf)>,
}

/// How deep cases may lie: `fixtures/cases/provider/api/case`, and one more for good measure.
const DEPTH: usize = 6;

/// Any of these makes a folder a case: one that misses another file is to be told of.
const FILES: [&str; 4] = ["expected.json", "response.json", "source.json", "response.body"];

/// Looks for cases in a folder and below it: all of them, those of a provider, or one.
///
/// # Errors
///
/// If a folder cannot be read.
pub fn find(folder: &Path) -> io::Result<Collection> {
    let mut cases = Vec::new();
    // A case is named by the folders around it, also where a relative path hides them.
    walk(&folder.canonicalize()?, DEPTH, &mut cases)?;
    cases.sort();
    Ok(Collection { cases })
}

fn walk(folder: &Path, depth: usize, cases: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    if FILES.iter().any(|file| folder.join(file).is_file()) {
        cases.push((name(folder), folder.to_owned()));
        return Ok(());
    }
    if depth == 0 {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            walk(&path, depth - 1, cases)?;
        }
    }
    Ok(())
}

/// The last three folders of the path: provider, API, case.
fn name(folder: &Path) -> String {
    let parts: Vec<_> = folder.iter().map(|part| part.to_string_lossy()).collect();
    parts[parts.len().saturating_sub(3)..].join("/")
}
