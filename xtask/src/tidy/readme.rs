//! Rule: `README.md` shows the commands that CI runs, so that what it promises is true.

use super::finding::Finding;
use crate::tree::Tree;

/// The first thing that a visitor runs.
pub(crate) const QUICKSTART: &str = "cargo run --release --example quickstart";

/// All tests.
pub(crate) const TEST: &str = "cargo test --workspace";

const PATH: &str = "README.md";

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    [QUICKSTART, TEST]
        .into_iter()
        .filter(|command| !shows(tree.text(PATH), command))
        .map(|command| {
            let message = format!("does not show `{command}`: give it a line in a fenced block");
            Finding::of_file(PATH, message)
        })
        .collect()
}

/// Whether a command is a line of a fenced block; what a shell takes for a comment may follow.
fn shows(markdown: &str, command: &str) -> bool {
    let mut is_fenced = false;
    markdown.lines().map(str::trim).any(|line| {
        if line.starts_with("```") {
            is_fenced = !is_fenced;
        }
        let line = line.split_once(" #").map_or(line, |(before, _)| before.trim_end());
        is_fenced && line == command
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::rule::assert_kept;

    #[test]
    fn is_kept() {
        assert_kept(check);
    }

    #[test]
    fn a_command_in_a_block_is_shown() {
        assert!(shows("```sh\ncargo test --workspace\n```\n", TEST));
        assert!(shows("```sh\ncargo test --workspace   # all of them\n```\n", TEST));
    }

    #[test]
    fn a_command_elsewhere_is_not() {
        assert!(!shows("cargo test --workspace\n", TEST));
        assert!(!shows("```sh\n```\ncargo test --workspace\n", TEST));
        assert!(!shows("```sh\ncargo test --workspace --no-run\n```\n", TEST));
    }

    #[test]
    fn each_missing_command_is_found() {
        let tree = Tree::of([(PATH, "```sh\ncargo test --workspace\n```\n")]);
        let found: Vec<_> = check(&tree).iter().map(Finding::to_string).collect();
        assert_eq!(found.len(), 1);
        assert!(found[0].contains(QUICKSTART), "{found:?}");
    }
}
