//! `runnable job status`: the state of a job.

use std::{collections::BTreeMap, io, path::Path};

use runnable::jobs::{JobStatus as Counts, StoredJob};
use serde_json::{Value, json};

use super::{inputs::inputs, shell_word::shell_word, snapshot::Snapshot, stored_task::StoredTask};
use crate::{
    arguments::JobStatus,
    exit::{Outcome, Result},
    output::{print, print_json},
};

/// The maximum number of kinds of errors that are printed.
const MOST_KINDS: usize = 10;

pub(super) async fn run(arguments: &JobStatus) -> Result {
    let folder = &arguments.job.folder;
    if let Some(running) = Snapshot::of_running(folder) {
        if arguments.json {
            print_json(&json!({ "state": "running", "progress": running }))?;
        } else {
            let process = running.process;
            print(|out| writeln!(out, "running in process {process}: {}", running.text))?;
        }
        return Ok(Outcome::Success);
    }
    let job = StoredJob::open(folder).await?;
    let counts = job.status().await?;
    let (errors, total) = (errors(&job, counts.failed).await?, total(folder).await?);
    let finished = counts.done + counts.failed;
    // Items that the source does not contain any more can be finished or pending. So a pending item
    // does not mean that the job is incomplete.
    let is_complete = total.is_some_and(|total| finished >= total);
    let state = if is_complete { "completed" } else { "stopped" };
    if arguments.json {
        print_json(&as_json(state, &counts, &errors, total))?;
    } else {
        print(|out| as_text(out, folder, state, &counts, &errors, total))?;
    }
    Ok(Outcome::Success)
}

/// Returns how many items have failed with each kind of error, and the message of the first.
///
/// It reads the results only up to the last of the `failed` items.
async fn errors(job: &StoredJob, mut failed: u64) -> Result<BTreeMap<String, (u64, String)>> {
    let mut errors: BTreeMap<String, (u64, String)> = BTreeMap::new();
    let mut results = job.results();
    while failed > 0
        && let Some(result) = results.next().await
    {
        if let Err(error) = result?.result {
            errors.entry(error.kind).or_insert((0, error.message)).0 += 1;
            failed -= 1;
        }
    }
    Ok(errors)
}

/// Counts the items of the source. Returns `None` if it cannot be read any more.
async fn total(folder: &Path) -> Result<Option<u64>> {
    let Some(stored) = StoredTask::load(folder)? else { return Ok(None) };
    Ok(inputs(&stored.task)?.count().await)
}

fn as_json(
    state: &str,
    counts: &Counts,
    errors: &BTreeMap<String, (u64, String)>,
    total: Option<u64>,
) -> Value {
    let sum = counts.usage.total();
    let errors: Vec<_> = errors
        .iter()
        .map(|(kind, (items, message))| json!({ "kind": kind, "items": items, "message": message }))
        .collect();
    json!({
        "state": state,
        "total": total,
        "done": counts.done,
        "failed": counts.failed,
        "pending": counts.pending,
        "interrupted": counts.interrupted,
        "tokens": sum.usage.total_tokens,
        "cost": sum.cost.known.as_dollars_f64(),
        "errors": errors,
    })
}

fn as_text(
    out: &mut dyn io::Write,
    folder: &Path,
    state: &str,
    counts: &Counts,
    errors: &BTreeMap<String, (u64, String)>,
    total: Option<u64>,
) -> io::Result<()> {
    let total = total.filter(|total| *total >= counts.done + counts.failed);
    let total = total.map(|total| format!(" of {total} items")).unwrap_or_default();
    writeln!(out, "{state}: {}{total} done, {} failed", counts.done, counts.failed)?;
    if !counts.usage.is_empty() {
        writeln!(out, "  {}", counts.usage)?;
    }
    if counts.interrupted > 0 {
        let items = match counts.interrupted {
            1 => "1 item was".to_owned(),
            number => format!("{number} items were"),
        };
        writeln!(out, "  {items} in flight when the process ended; the next run tries again")?;
    }
    for (kind, (items, message)) in errors.iter().take(MOST_KINDS) {
        let message = message.replace(char::is_control, " ");
        writeln!(out, "  {items} × {kind}, such as: {message}")?;
    }
    let folder = shell_word(folder);
    if state != "completed" {
        writeln!(out, "continue with: runnable job resume {folder}")?;
    }
    if counts.failed > 0 {
        writeln!(out, "try failed items again with: runnable job retry-failed {folder}")?;
    }
    Ok(())
}
