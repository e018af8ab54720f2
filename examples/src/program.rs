//! Runs an example program.

use std::{env, io, process::ExitCode, time::Duration};

use runnable::prelude::*;

use crate::Arguments;

/// Parses the arguments, and runs a program until it ends or Ctrl-C is pressed. The exit code is 0
/// for success, 1 for an error, 2 for invalid arguments and 130 for Ctrl-C. If the program fails,
/// the tree of its runs is printed.
pub fn main_of<F: Future<Output = Result<()>>>(
    usage: &str,
    program: impl FnOnce(Arguments, ConsoleTree) -> F,
) -> ExitCode {
    let name = env::args().next().unwrap_or_default();
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let arguments = match Arguments::parse(env::args().skip(1)) {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            print!("{usage}");
            return ExitCode::SUCCESS;
        }
        Err(wrong) => {
            eprint!("{name}: {wrong}\n\n{usage}");
            return ExitCode::from(2);
        }
    };
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("{name}: failed to start the Tokio runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    // Buffer the tree, because it must not mix with the answers on the same terminal.
    let tree = ConsoleTree::stderr().buffered();
    let code = runtime.block_on(async {
        // Ctrl-C drops the call, which cancels it.
        let result = tokio::select! {
            result = program(arguments, tree.clone()) => Some(result),
            _ = tokio::signal::ctrl_c() => None,
        };
        match result {
            Some(Ok(())) => ExitCode::SUCCESS,
            Some(Err(error)) if is_broken_pipe(&error) => ExitCode::SUCCESS,
            Some(Err(error)) => {
                eprintln!();
                tree.flush();
                eprintln!("{name}: {error}");
                ExitCode::FAILURE
            }
            None => {
                eprintln!("\n");
                tree.flush();
                ExitCode::from(130)
            }
        }
    });
    // A cancelled download may still be waiting for a server, so do not wait for its thread.
    runtime.shutdown_timeout(Duration::from_secs(1));
    code
}

/// Returns whether the error occurred because the program that reads the output has ended, as
/// `head` does after some lines.
fn is_broken_pipe(error: &Error) -> bool {
    let broken = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
    error.downcast_ref::<io::Error>().is_some_and(broken)
}
