//! `runnable diff`: compares two recordings.

use std::path::Path;

use runnable::events::{RecordingDiff, RunComparison, RunFacts};

use crate::{
    arguments::Diff,
    exit::{Failure, Outcome, Result},
    input, output,
    table::Table,
};

pub(super) fn run(arguments: &Diff) -> Result {
    let stdin = Path::new("-");
    if arguments.before == stdin && arguments.after == stdin {
        return Err(Failure::new(
            "cannot read both recordings from standard input; pass a file for one of them",
        ));
    }
    let (before, after) =
        (input::recording(&arguments.before)?, input::recording(&arguments.after)?);
    let diff = RecordingDiff::between(&before, &after);
    let outcome = if diff.is_same() { Outcome::Success } else { Outcome::Found };
    if arguments.json {
        output::print_json(&diff)?;
        return Ok(outcome);
    }
    output::print(|out| {
        if diff.is_same() {
            writeln!(
                out,
                "The recordings contain the same runs, with the same inputs, outputs and outcomes."
            )?;
        } else {
            writeln!(out, "{}", diff.to_string().trim_end())?;
        }
        write!(out, "\n{}", times_and_tokens(diff.runs()))
    })?;
    Ok(outcome)
}

/// Returns a table with the time and the tokens of the runs that both recordings contain.
fn times_and_tokens(runs: &[RunComparison]) -> Table {
    let mut table =
        Table::new(["run", "before", "after", "change", "tokens before", "tokens after"]);
    for run in runs {
        let (Some(first), Some(second)) = (&run.first, &run.second) else { continue };
        let (before, after) =
            (first.duration.as_secs_f64() * 1e3, second.duration.as_secs_f64() * 1e3);
        let depth = run.path.len().saturating_sub(1);
        let name = run.path.last().map(String::as_str).unwrap_or_default();
        let change = if before > 0.0 {
            format!("{:+.0} %", (after - before) / before * 100.0)
        } else {
            String::new()
        };
        table.push([
            format!("{}{name}", "  ".repeat(depth)),
            format!("{before:.1} ms"),
            format!("{after:.1} ms"),
            change,
            tokens(first),
            tokens(second),
        ]);
    }
    table
}

fn tokens(run: &RunFacts) -> String {
    match (run.input_tokens, run.output_tokens) {
        (None, None) => String::new(),
        (input, output) => {
            format!("{} → {}", input.unwrap_or_default(), output.unwrap_or_default())
        }
    }
}
