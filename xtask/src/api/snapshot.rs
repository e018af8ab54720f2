//! The files that list the public API, and the comparison of the current API with them.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use public_api::Builder;

use super::rustdoc::{RUST, is_readable, write_json};
use crate::checkout;
use crate::failure::Failure;
use crate::tree::Tree;

/// The description of this step of CI, in place of a command line.
pub(crate) const LINE: &str = "cargo xtask api, and a comparison with docs/api";

/// The folder that contains one file for each published crate.
const FOLDER: &str = "docs/api";

/// The maximum number of lines of a difference that are printed.
const SHOWN: usize = 30;

/// Compares the current public API with the files. Returns an error if they differ.
pub(crate) fn compare(out: &mut dyn Write) -> Result<(), Failure> {
    if !is_readable()? {
        let note = "skipped: the public API can be listed only with Rust";
        return Ok(writeln!(out, "{note} {RUST}, and this is another version")?);
    }
    let mut changed = Vec::new();
    for (package, api) in current()? {
        let written = fs::read_to_string(file(&package)).unwrap_or_default();
        let difference = difference(&written, &api);
        if !difference.is_empty() {
            writeln!(out, "{package}:")?;
            for line in difference.iter().take(SHOWN) {
                writeln!(out, "  {line}")?;
            }
            if difference.len() > SHOWN {
                writeln!(out, "  and {} lines more", difference.len() - SHOWN)?;
            }
            changed.push(package);
        }
    }
    if changed.is_empty() {
        return Ok(writeln!(out, "the public API is the same as in {FOLDER}")?);
    }
    Err(Failure::Check(format!(
        "the public API of {} differs from the files in {FOLDER}; if you changed it on purpose, \
         run `cargo xtask api` and commit the files",
        changed.join(", ")
    )))
}

/// Writes the current public API into the files.
pub(crate) fn write(out: &mut dyn Write) -> Result<(), Failure> {
    if !is_readable()? {
        return Err(Failure::Check(format!(
            "the public API can be listed only with Rust {RUST}; run this command with that version"
        )));
    }
    let not_written =
        |path: &Path, error| Failure::Check(format!("cannot write {}: {error}", path.display()));
    let folder = checkout::root().join(FOLDER);
    fs::create_dir_all(&folder).map_err(|error| not_written(&folder, error))?;
    for (package, api) in current()? {
        let path = file(&package);
        fs::write(&path, &api).map_err(|error| not_written(&path, error))?;
        writeln!(out, "{FOLDER}/{package}.txt: {} lines", api.lines().count())?;
    }
    Ok(())
}

fn file(package: &str) -> PathBuf {
    checkout::root().join(FOLDER).join(format!("{package}.txt"))
}

/// Returns the name of each published crate, with its current public API.
fn current() -> Result<Vec<(String, String)>, Failure> {
    write_json()?;
    let tree = Tree::read()?;
    tree.libraries().map(|package| Ok((package.name.to_owned(), api_of(package.name)?))).collect()
}

/// Returns the public items of a crate, one per line, in the order of their paths.
fn api_of(package: &str) -> Result<String, Failure> {
    let json = format!("target/doc/{}.json", package.replace('-', "_"));
    // Leave out implementations that follow from other items, or that the compiler adds itself.
    let api = Builder::from_rustdoc_json(checkout::root().join(&json))
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .build()
        .map_err(|error| Failure::Check(format!("cannot read {json}: {error}")))?;
    Ok(api.items().map(|item| format!("{item}\n")).collect())
}

/// Returns the lines that are in only one of two texts, with `-` before lines that are only in
/// `written`, and `+` before lines that are only in `current`.
fn difference(written: &str, current: &str) -> Vec<String> {
    let (old, new): (BTreeSet<_>, BTreeSet<_>) =
        (written.lines().collect(), current.lines().collect());
    let lines: BTreeSet<_> = old.symmetric_difference(&new).collect();
    let sign = |line: &str| if new.contains(line) { '+' } else { '-' };
    lines.into_iter().map(|line| format!("{} {line}", sign(line))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_shows_what_went_and_what_came() {
        assert_eq!(difference("pub fn a()\npub fn b()\n", "pub fn b()\npub fn a()\n"), [""; 0]);
        let difference = difference("pub fn a()\npub fn b()\n", "pub fn a(u8)\npub fn b()\n");
        assert_eq!(difference, ["- pub fn a()", "+ pub fn a(u8)"]);
    }
}
