//! Finds the crates that a crate adds to a build.

use std::collections::BTreeSet;

use crate::failure::Failure;
use crate::invocation::Invocation;

/// Returns the packages that a build of the crate compiles, including the crate, each as `name
/// v1.2.3`.
///
/// The packages include the normal and the build dependencies, with default features, on the
/// current host. Two versions of a crate count as two packages. `krate` may contain a feature after
/// a `+`, as in `runnable+openai`.
pub(crate) fn weigh(krate: &str) -> Result<BTreeSet<String>, Failure> {
    let (krate, features) = krate.split_once('+').unwrap_or((krate, ""));
    let mut line =
        format!("cargo tree --locked -p {krate} -e normal,build --prefix none --format {{p}}");
    if !features.is_empty() {
        line += &format!(" --features {}", features.replace('+', ","));
    }
    Ok(Invocation::new(&line).read()?.lines().filter_map(package).collect())
}

/// Returns the name and the version in a line of `cargo tree`, without the path, `(proc-macro)` and
/// `(*)`.
fn package(line: &str) -> Option<String> {
    let mut words = line.split_whitespace();
    Some(format!("{} {}", words.next()?, words.next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_counted_once() {
        let listed =
            ["syn v2.0.1", "syn v2.0.1 (*)", "a v0.1.0 (crates/a)", "b v1.0.0 (proc-macro)"];
        let packages: BTreeSet<_> = listed.into_iter().filter_map(package).collect();
        assert_eq!(
            packages.into_iter().collect::<Vec<_>>(),
            ["a v0.1.0", "b v1.0.0", "syn v2.0.1"]
        );
        assert_eq!(package(""), None);
    }

    #[test]
    fn this_package_counts_itself() {
        let packages = weigh("xtask").expect("cargo tree runs");
        assert!(packages.iter().any(|package| package.starts_with("xtask v")), "{packages:?}");
    }
}
