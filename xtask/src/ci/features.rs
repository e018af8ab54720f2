//! The step that checks the crates with each feature alone, without features, and with all
//! features.
//!
//! It uses the oldest compiler that each crate supports, as its manifest declares.

use std::io::Write;

use super::oldest_rust::OldestRust;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::manifest::Manifest;
use crate::tree::Tree;

/// The description of this step of CI, in place of a command line.
pub(super) const LINE: &str =
    "cargo check of each crate with no, each and all features, with the oldest Rust that it names";

/// Features that are not checked, because they add a C library that takes minutes to compile.
const SLOW: [&str; 1] = ["aws-lc"];

pub(super) fn run(out: &mut dyn Write) -> Result<(), Failure> {
    let tree = Tree::read()?;
    let mut count = 0;
    let mut oldest = OldestRust::default();
    for package in tree.crates() {
        for features in selections(package.manifest) {
            let begin = oldest.check(&tree, &package, &features, out)?;
            let features = features.join(",");
            let target = if tree.is_program(&package) { "--bins" } else { "--lib" };
            let mut check = format!("{begin} {target} --no-default-features -p {}", package.name);
            if !features.is_empty() {
                check += &format!(" --features {features}");
            }
            let shown = if features.is_empty() { "no features" } else { &features };
            writeln!(out, "{} with {shown}", package.name)?;
            Invocation::new(&check).run()?;
            count += 1;
        }
    }
    Ok(writeln!(out, "checked {count} selections of features")?)
}

/// Returns the sets of features with which a package is checked: none, each feature alone, and all.
fn selections(manifest: Manifest<'_>) -> Vec<Vec<&str>> {
    let is_checked = |feature: &&str| *feature != "default" && !SLOW.contains(feature);
    let features: Vec<_> = manifest.keys("features").into_iter().filter(is_checked).collect();
    let mut selections = vec![Vec::new()];
    selections.extend(features.iter().map(|feature| vec![*feature]));
    if features.len() > 1 {
        selections.push(features);
    }
    selections
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_checked_alone_and_together() {
        let manifest = "[features]\ndefault = [\"a\"]\na = []\nb = [\"a\"]\naws-lc = []\n";
        let expected = [vec![], vec!["a"], vec!["b"], vec!["a", "b"]];
        assert_eq!(selections(Manifest::new(manifest)), expected);
    }

    #[test]
    fn a_package_without_features_is_checked_once() {
        assert_eq!(selections(Manifest::new("[package]\n")), [Vec::<&str>::new()]);
        assert_eq!(selections(Manifest::new("[features]\na = []\n")), [vec![], vec!["a"]]);
    }
}
