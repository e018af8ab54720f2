//! A command line that runs in the root of the workspace, and is printed so that it can be
//! repeated.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::process::{self, Command, Stdio};
use std::{env, fmt, io};

use crate::checkout;
use crate::failure::Failure;

/// A command line.
#[derive(Debug)]
pub(crate) struct Invocation {
    env: Vec<(&'static str, String)>,
    program: String,
    args: Vec<String>,
}

impl Invocation {
    /// Splits a line at its spaces. Arguments with spaces are added with `with_arg`.
    pub(crate) fn new(line: &str) -> Self {
        let mut words = line.split_whitespace().map(String::from);
        let program = words.next().unwrap_or_default();
        Self { env: Vec::new(), program, args: words.collect() }
    }

    /// Sets an environment variable.
    pub(crate) fn with_env(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.env.push((name, value.into()));
        self
    }

    /// Adds an argument that may contain spaces.
    pub(crate) fn with_arg(mut self, arg: impl Into<String>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Runs the command with the input and output of this program.
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let status = self.command().status().map_err(|error| self.not_started(&error))?;
        self.succeeded(status)
    }

    /// Runs the command without input, forwards its output, and returns whether there was any.
    pub(crate) fn run_and_listen(&self, out: &mut dyn Write) -> Result<bool, Failure> {
        let mut child = self
            .command()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| self.not_started(&error))?;
        let mut spoke = false;
        if let Some(stdout) = child.stdout.take() {
            for line in BufReader::new(stdout).split(b'\n') {
                let mut line = line.map_err(|error| self.not_read(&error))?;
                spoke |= !line.trim_ascii().is_empty();
                line.push(b'\n');
                out.write_all(&line)?;
            }
        }
        let status = child.wait().map_err(|error| self.not_read(&error))?;
        self.succeeded(status).map(|()| spoke)
    }

    /// Runs the command and returns its output. Its error output is forwarded.
    pub(crate) fn read(&self) -> Result<String, Failure> {
        let output = self
            .command()
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| self.not_started(&error))?;
        self.succeeded(output.status)?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn command(&self) -> Command {
        let mut command = Command::new(self.program());
        command
            .args(&self.args)
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .current_dir(checkout::root());
        command
    }

    fn program(&self) -> OsString {
        // Use the `cargo` that runs this program, which may not be the one on the `PATH`.
        if self.program == "cargo"
            && let Some(cargo) = env::var_os("CARGO")
        {
            cargo
        } else if self.program.contains('/') {
            // The start folder of a relative path depends on the platform, so make the path
            // absolute.
            checkout::root().join(&self.program).into()
        } else {
            OsString::from(&self.program)
        }
    }

    /// Converts the exit status of this command to a result. Used if the command was not run by a
    /// method of this type.
    pub(crate) fn judge(&self, status: io::Result<process::ExitStatus>) -> Result<(), Failure> {
        self.succeeded(status.map_err(|error| self.not_started(&error))?)
    }

    fn succeeded(&self, status: process::ExitStatus) -> Result<(), Failure> {
        if status.success() {
            Ok(())
        } else {
            Err(Failure::Check(format!("`{self}` failed with {status}")))
        }
    }

    fn not_started(&self, error: &io::Error) -> Failure {
        Failure::Check(format!("cannot run `{self}`: {error}"))
    }

    fn not_read(&self, error: &io::Error) -> Failure {
        Failure::Check(format!("cannot read the output of `{self}`: {error}"))
    }
}

/// Converts the command line to a command, to which further settings can be added.
impl From<&Invocation> for Command {
    fn from(invocation: &Invocation) -> Self {
        invocation.command()
    }
}

/// Shows the command line in the form in which it can be typed into a shell.
impl fmt::Display for Invocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.env {
            write!(f, "{name}=\"{value}\" ")?;
        }
        f.write_str(&self.program)?;
        self.args.iter().try_for_each(|arg| write!(f, " {arg}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invocation_is_shown_as_typed() {
        let doc = Invocation::new("cargo doc --no-deps").with_env("RUSTDOCFLAGS", "-D warnings");
        assert_eq!(doc.to_string(), "RUSTDOCFLAGS=\"-D warnings\" cargo doc --no-deps");
    }

    #[test]
    fn output_is_forwarded_and_noticed() {
        let mut heard = Vec::new();
        assert_eq!(Invocation::new("cargo --version").run_and_listen(&mut heard), Ok(true));
        assert!(heard.starts_with(b"cargo "));
    }

    #[test]
    fn a_failure_names_the_command_line() {
        let wrong = Invocation::new("cargo --no-such-option");
        let status = wrong.command().stderr(Stdio::null()).status().expect("cargo starts");
        let failure = wrong.succeeded(status).expect_err("no such option");
        assert!(failure.to_string().starts_with("`cargo --no-such-option` failed with "));
    }

    #[test]
    fn a_missing_program_is_a_failure() {
        let failure = Invocation::new("xtask/no-such-program now").read().expect_err("no program");
        assert!(failure.to_string().starts_with("cannot run `xtask/no-such-program now`: "));
    }
}
