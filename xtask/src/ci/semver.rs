//! The step that compares the public API with the last release.

use std::io::Write;

use super::tool::Tool;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::tree::Tree;
use crate::version::Version;

/// The command line of the step, if the tool is on the `PATH` and a release exists.
pub(super) const LINE: &str = "cargo semver-checks --baseline-rev LAST-RELEASE";

const SEMVER_CHECKS: Tool =
    Tool { name: "cargo-semver-checks", version: Version::new(0, 51, 0), wheel: None };

pub(super) fn run(out: &mut dyn Write) -> Result<(), Failure> {
    let tags = Invocation::new("git tag --list v* --sort=-version:refname").read()?;
    let Some(release) = last_release(&tags) else {
        let note = "skipped: there is no release to compare with, because no tag is a version";
        return Ok(writeln!(out, "{note}")?);
    };
    let program = SEMVER_CHECKS.program(out)?;
    let tree = Tree::read()?;
    let packages: String =
        tree.libraries().map(|package| format!(" -p {}", package.name)).collect();
    let check = format!("{program} semver-checks --baseline-rev {release}{packages}");
    Invocation::new(&check).run()
}

/// Returns the newest tag that is a version and not a pre-release.
fn last_release(tags: &str) -> Option<&str> {
    let is_release =
        |tag: &&str| tag.strip_prefix('v').is_some_and(|it| Version::parse(it).is_some());
    tags.lines().map(str::trim).find(is_release)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_release_is_the_newest_tag_of_a_version() {
        assert_eq!(last_release("v0.3.0-rc.1\nv0.2.1\nv0.2.0\n"), Some("v0.2.1"));
        assert_eq!(last_release("vendor\n"), None);
        assert_eq!(last_release(""), None);
    }
}
