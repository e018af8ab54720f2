//! The step that creates the package of each published crate.

use std::io::Write;

use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::tree::Tree;

/// The description of this step of CI, in place of a command line.
pub(super) const LINE: &str = "cargo package of each published crate, with the files that it needs";

/// The files that each package must contain besides its code.
const FILES: [&str; 4] = ["Cargo.toml", "LICENSE-APACHE", "LICENSE-MIT", "README.md"];

pub(super) fn run(out: &mut dyn Write) -> Result<(), Failure> {
    let tree = Tree::read()?;
    let crates: Vec<_> = tree.crates().map(|package| package.name).collect();
    let packages: String = crates.iter().map(|name| format!(" -p {name}")).collect();
    let list = format!("cargo package --locked --allow-dirty --list{packages}");
    if let Some(file) = missing(&Invocation::new(&list).read()?, crates.len()) {
        let message =
            format!("a package lacks {file}: add it to the folder of each published crate");
        return Err(Failure::Check(message));
    }
    // Skip the verification. It would compile each package and all its dependencies once more,
    // although the other steps have already compiled the same files.
    let pack = format!("cargo package --locked --allow-dirty --no-verify --quiet{packages}");
    Invocation::new(&pack).run()?;
    Ok(writeln!(out, "packed {} crates into target/package", crates.len())?)
}

/// Returns a file that is missing in one of the packages. `listed` lists the files of all packages,
/// one package after the other, and `packages` is the number of packages.
fn missing(listed: &str, packages: usize) -> Option<&'static str> {
    FILES.into_iter().find(|file| listed.lines().filter(|line| line == file).count() < packages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_a_package_lacks_is_named() {
        let one = "Cargo.toml\nLICENSE-APACHE\nLICENSE-MIT\nREADME.md\nsrc/lib.rs\n";
        let other = one.replace("LICENSE-MIT\n", "tests/LICENSE-MIT\n");
        assert_eq!(missing(&one.repeat(2), 2), None);
        assert_eq!(missing(&[one, &other].concat(), 2), Some("LICENSE-MIT"));
    }
}
