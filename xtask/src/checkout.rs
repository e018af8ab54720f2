//! The checkout: its root, and the files that belong to it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::{env, fs};

use crate::failure::Failure;

/// Returns the root of the workspace, which is the parent folder of this package.
pub(crate) fn root() -> &'static Path {
    static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
        // Prefer the path that Cargo provides at run time. A program that was built in another
        // checkout then works on the checkout for which it was started.
        let package = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let package = package.unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        package.parent().map_or(package.clone(), Path::to_path_buf)
    });
    &ROOT
}

/// Returns the files of the project, relative to its root and with `/` between folders, sorted.
pub(crate) fn files() -> Result<Vec<String>, Failure> {
    // Git fails in an unpacked archive and in a checkout of another user. Walk the folder instead,
    // so that the tests of this package work there too.
    let mut files = match listed_by_git() {
        Some(files) => files,
        None => {
            let mut files = Vec::new();
            walk(root(), &mut files)?;
            files
        }
    };
    files.sort_unstable();
    files.dedup();
    Ok(files)
}

/// Returns the files that Git lists, or `None` if Git fails. The list contains the tracked files,
/// and the files that `git add` would track, so that a new file is checked before it is committed.
fn listed_by_git() -> Option<Vec<String>> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    let names = String::from_utf8_lossy(&output.stdout);
    // A deleted file is listed until its deletion is committed, so check that it exists. A symbolic
    // link counts as its target, and a submodule is a folder.
    let is_ours = |name: &&str| {
        fs::symlink_metadata(root().join(name)).is_ok_and(|metadata| metadata.is_file())
    };
    Some(names.split_terminator('\0').filter(is_ours).map(String::from).collect())
}

/// Returns a number that depends on the committed files only, or 0 if Git fails.
pub(crate) fn seed() -> u64 {
    let output =
        Command::new("git").args(["rev-parse", "HEAD^{tree}"]).current_dir(root()).output();
    let tree = output.ok().filter(|output| output.status.success()).map(|output| output.stdout);
    let digits = tree.as_deref().and_then(|tree| tree.get(..16));
    digits
        .and_then(|digits| std::str::from_utf8(digits).ok())
        .and_then(|digits| u64::from_str_radix(digits, 16).ok())
        .unwrap_or_default()
}

fn walk(folder: &Path, files: &mut Vec<String>) -> Result<(), Failure> {
    let not_read = |error| Failure::Check(format!("cannot read {}: {error}", folder.display()));
    for entry in fs::read_dir(folder).map_err(not_read)? {
        let entry = entry.map_err(not_read)?;
        let (path, kind) = (entry.path(), entry.file_type().map_err(not_read)?);
        if kind.is_dir() && entry.file_name() != ".git" && entry.file_name() != "target" {
            walk(&path, files)?;
        } else if kind.is_file() {
            files.push(relative(&path));
        }
    }
    Ok(())
}

fn relative(path: &Path) -> String {
    let path: PathBuf = path.strip_prefix(root()).unwrap_or(path).into();
    path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_finds_this_file_and_skips_build_products() {
        let mut files = Vec::new();
        walk(root(), &mut files).expect("the checkout can be read");
        assert!(files.iter().any(|file| file == "xtask/src/checkout.rs"));
        assert!(!files.iter().any(|file| file.starts_with("target/")));
    }
}
