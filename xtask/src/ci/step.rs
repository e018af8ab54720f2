//! A step of CI.

use std::fmt;
use std::io::Write;

use super::{deny, features, package, semver};
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::{api, checkout, e2e, fixtures, tidy, weight};

/// A step of CI.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) name: &'static str,
    work: Work,
}

/// The command that builds the quickstart in the release profile. The tests compile all examples in
/// the debug profile, and the steps for other examples use these.
const EXAMPLES: &str = "cargo build --locked --release --example quickstart";

/// A function of this program that a step calls. It prints to the writer.
type Chore = fn(&mut dyn Write) -> Result<(), Failure>;

/// The action of a step.
#[derive(Debug)]
enum Work {
    /// Runs a command line.
    Run(Invocation),
    /// Runs a command line that must print something.
    Listen(Invocation),
    /// Calls a function in this process.
    Chore { line: &'static str, run: Chore },
}

impl Step {
    /// Returns all steps. Fast checks come first, and steps that require all others come last.
    pub(crate) fn all() -> Vec<Self> {
        let doc = Invocation::new("cargo doc --locked --workspace --no-deps")
            .with_env("RUSTDOCFLAGS", "-D warnings");
        // Run more random cases than the default of 256. Some defects of the concurrency limit were
        // found only with 20,000 cases. The cases differ from commit to commit, and are the same each
        // time that the tests of a commit run, so a failure can be repeated.
        let test = Invocation::new(tidy::TEST)
            .with_arg("--locked")
            .with_env("PROPTEST_CASES", "1024")
            .with_env("PROPTEST_RNG_SEED", checkout::seed().to_string());
        let quickstart = Invocation::new(tidy::QUICKSTART).with_arg("--locked");
        vec![
            Self::cargo("fmt", "cargo fmt --all --check"),
            Self::cargo("clippy", "cargo clippy --locked --workspace --all-targets -- -D warnings"),
            Self { name: "doc", work: Work::Run(doc) },
            Self::chore("deny", deny::LINE, deny::run),
            Self::chore("tidy", "cargo xtask tidy", tidy::run),
            Self::chore("weight", "cargo xtask weight", weight::compare),
            Self::chore("package", package::LINE, package::run),
            Self::chore("features", features::LINE, features::run),
            Self::chore("semver", semver::LINE, semver::run),
            Self::chore("api", api::LINE, api::compare),
            Self { name: "test", work: Work::Run(test) },
            Self::chore("fixtures", "cargo xtask fixtures", |_| fixtures::run(None)),
            Self::chore("e2e", "cargo xtask e2e", e2e::run),
            Self::cargo("examples", EXAMPLES),
            Self::program("classifier", "cargo run --locked --example classifier"),
            Self::program("documents", "cargo run --locked --example documents"),
            Self::program("tool_loop", "cargo run --locked --example tool_loop"),
            Self { name: "quickstart", work: Work::Listen(quickstart) },
        ]
    }

    fn cargo(name: &'static str, line: &str) -> Self {
        Self { name, work: Work::Run(Invocation::new(line)) }
    }

    /// Creates a step that runs a program and checks that it prints something. The program must
    /// need neither a key nor the network.
    fn program(name: &'static str, line: &str) -> Self {
        Self { name, work: Work::Listen(Invocation::new(line)) }
    }

    pub(super) fn chore(name: &'static str, line: &'static str, run: Chore) -> Self {
        Self { name, work: Work::Chore { line, run } }
    }

    pub(super) fn run(&self, out: &mut dyn Write) -> Result<(), Failure> {
        match &self.work {
            Work::Run(invocation) => invocation.run(),
            Work::Listen(invocation) => {
                if invocation.run_and_listen(out)? {
                    Ok(())
                } else {
                    Err(Failure::Check(format!("`{invocation}` printed no output")))
                }
            }
            Work::Chore { run, .. } => run(out),
        }
    }
}

/// Shows a command line that has the same effect as the step.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.work {
            Work::Run(invocation) | Work::Listen(invocation) => invocation.fmt(f),
            Work::Chore { line, .. } => f.write_str(line),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_have_unique_names_and_show_their_command() {
        let steps = Step::all();
        let mut names: Vec<_> = steps.iter().map(|step| step.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), steps.len());
        for step in &steps {
            assert!(step.to_string().contains("cargo "), "{step}");
        }
    }

    #[test]
    fn a_step_that_must_print_fails_without_output() {
        let listen = |line| Step { name: "listen", work: Work::Listen(Invocation::new(line)) };
        assert_eq!(listen("cargo --version").run(&mut Vec::new()), Ok(()));
        let silent = "cargo clean -p xtask --dry-run --quiet";
        assert_eq!(
            listen(silent).run(&mut Vec::new()),
            Err(Failure::Check(format!("`{silent}` printed no output")))
        );
    }
}
