//! Replays recorded responses of services to the providers.

use std::path;

use crate::failure::Failure;
use crate::invocation::Invocation;

/// The start of the command line. It uses the debug profile, which is already built for the tests.
/// Building the release profile would take longer than the slower run of a debug build.
const LINE: &str =
    "cargo run --locked --quiet --package provider-fixture-tests --bin provider-fixture-tests --";

/// Replays the cases in this folder, or in the default folder.
pub(crate) fn run(folder: Option<&str>) -> Result<(), Failure> {
    let replay = Invocation::new(LINE);
    let Some(folder) = folder else { return replay.run() };
    // The path is relative to the current folder, but the program runs in the root of the
    // workspace.
    let unclear = |error| Failure::Check(format!("cannot find {folder}: {error}"));
    let absolute = path::absolute(folder).map_err(unclear)?;
    replay.with_arg(absolute.to_string_lossy()).run()
}
