//! Runs the program.

use std::{
    io::Write,
    process::{Command, Output, Stdio},
};

/// What a run of the program printed, and its exit code.
pub(crate) struct Printed {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs the program with these arguments.
pub(crate) fn runnable(arguments: &[&str]) -> Printed {
    printed(command(arguments).stdin(Stdio::null()).output().expect("the program starts"))
}

/// Runs the program with these arguments, and with `input` as its standard input.
pub(crate) fn runnable_with_input(arguments: &[&str], input: &[u8]) -> Printed {
    let mut program = command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = program.stdin.take().expect("standard input is a pipe");
    // A program that fails early does not read its input.
    let _ = stdin.write_all(input);
    drop(stdin);
    printed(program.wait_with_output().expect("the program ends"))
}

/// Returns the program with these arguments, and without variables that change what it prints.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_runnable"));
    let variables = ["NO_COLOR", "CLICOLOR_FORCE", "COLUMNS", "OPENAI_API_KEY"];
    for variable in variables {
        command.env_remove(variable);
    }
    command.args(arguments);
    command
}

pub(crate) fn printed(output: Output) -> Printed {
    let text = |bytes| String::from_utf8(bytes).expect("the program prints UTF-8");
    Printed {
        code: output.status.code().expect("the program is not killed"),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

/// Sends the signal of Ctrl-C.
#[cfg(unix)]
pub(crate) fn interrupt(program: &std::process::Child) {
    signal(program, "-INT");
}

/// Sends a signal, such as `-TERM`.
#[cfg(unix)]
pub(crate) fn signal(program: &std::process::Child, name: &str) {
    let id = program.id().to_string();
    let status = Command::new("kill").args([name, &id]).status().expect("`kill` starts");
    assert!(status.success());
}
