//! Finds Chromium.

use std::env;
use std::path::PathBuf;

/// The names of the program, in the order in which they are tried.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Returns the path of Chromium: the variable `CHROMIUM`, or a program on the `PATH`.
pub(super) fn chromium() -> Option<PathBuf> {
    let set = env::var_os("CHROMIUM").filter(|path| !path.is_empty()).map(PathBuf::from);
    set.or_else(|| {
        let folders = env::var_os("PATH").unwrap_or_default();
        first_of(&NAMES, &env::split_paths(&folders).collect::<Vec<_>>())
    })
}

/// Returns the path of the first program that exists. The order of the names has priority over the
/// order of the folders.
fn first_of(names: &[&str], folders: &[PathBuf]) -> Option<PathBuf> {
    names.iter().find_map(|name| {
        let program = format!("{name}{}", env::consts::EXE_SUFFIX);
        folders.iter().map(|folder| folder.join(&program)).find(|path| path.is_file())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkout;

    fn found(names: &[&str], folders: &[&str]) -> Option<PathBuf> {
        let folders: Vec<_> = folders.iter().map(|folder| checkout::root().join(folder)).collect();
        first_of(names, &folders)
    }

    // Use files of this package in place of programs, because programs have a file extension on
    // Windows.
    #[cfg(not(windows))]
    #[test]
    fn the_first_name_that_exists_in_a_folder_is_taken() {
        let folders = ["no-such-folder", "xtask/src", "xtask"];
        assert_eq!(
            found(&["no-such-file", "Cargo.toml", "main.rs"], &folders),
            Some(checkout::root().join("xtask/Cargo.toml")),
        );
    }

    #[test]
    fn a_folder_is_not_a_program() {
        assert_eq!(found(&["src"], &["xtask"]), None);
    }
}
