//! Rule: no file contains a path that exists only on one machine.

use super::finding::Finding;
use crate::file::File;
use crate::tree::Tree;

/// The top-level folders in which people and build machines keep their checkouts.
const FOLDERS: [&str; 4] = ["home", "root", "Users", "work"];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    tree.files.iter().flat_map(found_in).collect()
}

fn found_in(file: &File) -> Vec<Finding> {
    let lines = file.text.as_deref().unwrap_or_default().lines().enumerate();
    lines
        .filter_map(|(at, line)| {
            let folder = folder_in(line)?;
            let message = format!("a path in `/{folder}`; make it relative to the workspace");
            Some(Finding::new(&file.path, at + 1, message))
        })
        .collect()
}

fn folder_in(line: &str) -> Option<&'static str> {
    FOLDERS.into_iter().find(|folder| {
        let path = format!("/{folder}/");
        line.match_indices(&path).any(|(at, _)| begins_path(&line[..at]))
    })
}

/// Returns whether a slash after this text starts an absolute path. For example, the slash before
/// the folder does not start an absolute path in `src/home/`, `~/work/`, `$HOME/work/`,
/// `${HOME}/work/` and `<host>/home/`.
fn begins_path(before: &str) -> bool {
    let goes_on = |c: char| c.is_alphanumeric() || "._-~*})>".contains(c);
    !before.ends_with(goes_on)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::rule::assert_complies;

    #[test]
    fn the_checkout_complies() {
        assert_complies(check);
    }

    #[test]
    fn an_absolute_path_is_found_anywhere() {
        for folder in FOLDERS {
            for line in [
                format!("/{folder}/me/model"),
                format!("see \"/{folder}/me/model\""),
                format!("path=/{folder}/me/model"),
                format!("file:///{folder}/me/model"),
                format!("src/{folder}/a, /{folder}/me/model"),
            ] {
                assert_eq!(folder_in(&line), Some(folder), "{line}");
            }
        }
    }

    #[test]
    fn relative_paths_and_urls_are_accepted() {
        for line in [
            "src/home/page.rs",
            "./work/",
            "~/work/runnable",
            "$HOME/work/",
            "${BASE}/work/",
            "https://example.com/home/index.html",
            "home/root/work",
        ] {
            assert_eq!(folder_in(line), None, "{line}");
        }
    }

    #[test]
    fn a_finding_names_its_line() {
        let text = format!("one\n/{}/me\n", "home");
        let message = "a path in `/home`; make it relative to the workspace";
        assert_eq!(check(&Tree::of([("a.md", &text)])), [Finding::new("a.md", 2, message)]);
    }
}
