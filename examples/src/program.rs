//! How a program begins and ends.

use std::{env, io, process::ExitCode, time::Duration};

use runnable::{events::ConsoleTree, prelude::*};

use crate::Arguments;

/// Reads the arguments, and runs a program until it is done or Ctrl-C is pressed: exit code 0, 1
/// with the error, 2 for wrong arguments, 130 for Ctrl-C. Where it does not end well, the tree shows
/// what was going on.
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
            eprintln!("{name}: no runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    // Held back, since answers are printed to the same terminal meanwhile.
    let tree = ConsoleTree::stderr().buffered();
    let code = runtime.block_on(async {
        // Ctrl-C drops the call, and a dropped call is a cancelled one.
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
    // A fetch that was cancelled may still wait for a server that keeps silent.
    runtime.shutdown_timeout(Duration::from_secs(1));
    code
}

/// Whoever read our output has had enough, as `head` does.
fn is_broken_pipe(error: &Error) -> bool {
    let broken = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
    error.downcast_ref::<io::Error>().is_some_and(broken)
}
