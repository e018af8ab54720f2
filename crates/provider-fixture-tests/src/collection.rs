//! Finds the cases in a folder.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// The recorded cases in a folder and its subfolders. Created by [`find`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Collection {
    /// The name and the folder of each case, sorted by name.
    pub cases: Vec<(String, PathBuf)>,
}

/// The maximum depth of the search for cases. It is one more than necessary for folders such as
/// `fixtures/cases/provider/api/case`.
const DEPTH: usize = 6;

/// A folder that contains one of these files is a case. If another of these files is missing, the
/// case fails.
const FILES: [&str; 4] = ["expected.json", "response.json", "source.json", "response.body"];

/// Finds the cases in a folder and its subfolders. The folder may contain all cases, the cases of
/// one provider, or a single case.
///
/// # Errors
///
/// Returns an error if a folder cannot be read.
pub fn find(folder: &Path) -> io::Result<Collection> {
    let mut cases = Vec::new();
    // The name of a case contains its parent folders, so resolve a relative path first.
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

/// Returns the name of the case in `folder`: the last three parts of the path, which are the
/// provider, the API and the case.
fn name(folder: &Path) -> String {
    let parts: Vec<_> = folder.iter().map(|part| part.to_string_lossy()).collect();
    parts[parts.len().saturating_sub(3)..].join("/")
}
