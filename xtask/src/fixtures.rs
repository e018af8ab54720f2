//! Recorded answers of services, replayed to our providers.

use std::path;

use crate::failure::Failure;
use crate::invocation::Invocation;

/// As the tests are built, so that most of it has been built already: it takes longer to build it
/// anew than to run it slowly.
const LINE: &str =
    "cargo run --quiet --package provider-fixture-tests --bin provider-fixture-tests --";

/// Replays the cases in this folder, or in that where they are looked for.
pub(crate) fn run(folder: Option<&str>) -> Result<(), Failure> {
    let replay = Invocation::new(LINE);
    let Some(folder) = folder else { return replay.run() };
    // It is told from where we were called, and the program runs in the root of the workspace.
    let unclear = |error| Failure::Check(format!("cannot find {folder}: {error}"));
    let absolute = path::absolute(folder).map_err(unclear)?;
    replay.with_arg(absolute.to_string_lossy()).run()
}
