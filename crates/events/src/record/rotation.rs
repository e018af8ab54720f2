//! The names of the files of a rotation.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Returns the name of the file with this number: `run.jsonl` becomes `run.2.jsonl`.
pub(crate) fn numbered(base: &Path, number: u32) -> PathBuf {
    let mut name = base.file_stem().unwrap_or_default().to_owned();
    name.push(format!(".{number}"));
    if let Some(extension) = base.extension() {
        name.push(".");
        name.push(extension);
    }
    base.with_file_name(name)
}

/// Returns the existing files of a rotation: the file itself, and then the numbered files, by
/// number.
pub(super) fn files_of(base: &Path) -> io::Result<Vec<PathBuf>> {
    let numbers = numbers_of(base)?;
    let mut files: Vec<_> = numbers.into_iter().map(|number| numbered(base, number)).collect();
    // The first file may have been deleted to save space, but there must be at least one file.
    if files.is_empty() || base.exists() {
        files.insert(0, base.to_owned());
    }
    Ok(files)
}

/// Returns the highest number in the name of an existing file of the rotation, or 0.
pub(crate) fn last_number_of(base: &Path) -> io::Result<u32> {
    Ok(numbers_of(base)?.last().copied().unwrap_or(0))
}

/// Returns the numbers in the names of the existing files of a rotation, in order.
fn numbers_of(base: &Path) -> io::Result<Vec<u32>> {
    let folder = match base.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut numbers = Vec::new();
    for entry in fs::read_dir(folder)? {
        if let Some(number) = number_of(base, Path::new(&entry?.file_name())) {
            numbers.push(number);
        }
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// Returns the number in the name of a file, if the file belongs to the rotation of `base`.
fn number_of(base: &Path, name: &Path) -> Option<u32> {
    let (stem, text) = (base.file_stem()?.to_str()?, name.to_str()?);
    let rest = text.strip_prefix(stem)?.strip_prefix('.')?;
    let digits = match base.extension() {
        Some(extension) => rest.strip_suffix(extension.to_str()?)?.strip_suffix('.')?,
        None => rest,
    };
    let number = digits.parse().ok()?;
    // `run.02.jsonl` is another file.
    (numbered(base, number) == base.with_file_name(name)).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_is_before_the_extension() {
        for (base, name) in [("a/run.jsonl", "a/run.2.jsonl"), ("run", "run.2"), (".x", ".x.2")] {
            assert_eq!(numbered(Path::new(base), 2), Path::new(name));
        }
    }

    #[test]
    fn only_files_of_the_rotation_have_a_number() {
        let number = |name| number_of(Path::new("a/run.jsonl"), Path::new(name));
        assert_eq!(number("run.12.jsonl"), Some(12));
        assert_eq!(number_of(Path::new("run"), Path::new("run.3")), Some(3));
        for other in [
            "run.jsonl",
            "run.x.jsonl",
            "run.02.jsonl",
            "run.+1.jsonl",
            "run.1.json",
            "ran.1.jsonl",
        ] {
            assert_eq!(number(other), None, "{other}");
        }
    }
}
