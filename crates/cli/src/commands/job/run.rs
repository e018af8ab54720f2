//! Runs a job until it ends or the user presses Ctrl-C.

use std::{cell::Cell, io, io::IsTerminal, path::Path, time::Duration};

use runnable::{
    combinators::RetryPolicy,
    jobs::{Job, JobOutcome, JobReport, JobRun, ProgressBar, StoredJob},
    pricing::Cost,
};
use tokio::time;

use super::{
    chain::chain, export::export, inputs::inputs, outputs::outputs, shell_word::shell_word,
    snapshot, stop_signal::StopSignal, stored_task::StoredTask,
};
use crate::{
    arguments::Color,
    exit::{Failure, Outcome, Result},
};

const CONCURRENCY: usize = 16;
const BATCH_CONCURRENCY: usize = 10_000;
const ATTEMPTS: u32 = 5;
const GRACE: Duration = Duration::from_secs(30);

/// How a job has ended.
enum End {
    Ended(JobReport),
    /// The calls in flight did not end in time after Ctrl-C, or the user pressed Ctrl-C again.
    Cancelled(StopSignal),
}

/// Runs a job, and continues it if it has begun.
pub(super) async fn run(
    run: JobRun,
    folder: &Path,
    stored: &StoredTask,
    quiet: bool,
    color: Color,
) -> Result {
    let grace = stored.limits.grace.map_or(GRACE, Duration::from_secs);
    let bar = if quiet {
        ProgressBar::hidden()
    } else {
        ProgressBar::stderr().colors(color.wanted(io::stderr().is_terminal()))
    };
    let snapshots = snapshot::write_all(folder, run.progress());
    let handle = run.handle();
    let signal = Cell::new(StopSignal::CtrlC);
    let work = async {
        let watched = bar.show(run);
        let stopped = async {
            signal.set(StopSignal::received().await);
            handle.stop();
            bar.println(&format!(
                "stopping: the calls in flight have {} seconds to end; press Ctrl-C again to \
                 cancel them",
                grace.as_secs()
            ));
            tokio::select! {
                () = time::sleep(grace) => {}
                _ = StopSignal::received() => {}
            }
        };
        tokio::select! {
            biased;
            report = watched => report.map(End::Ended),
            () = stopped => Ok(End::Cancelled(signal.get())),
        }
    };
    // The snapshots end with the job.
    let (end, ()) = tokio::join!(work, snapshots);
    match end {
        Ok(End::Ended(report)) => Ok(ended(folder, stored, &report, signal.get())),
        Ok(End::Cancelled(signal)) => {
            // The job was dropped before it could write its outputs.
            let outputs = outputs(&stored.task.output, stored.task.without_inputs)?;
            tokio::select! {
                exported = export(folder, outputs) => exported?,
                // The previous outputs stay.
                _ = StopSignal::received() => {}
            }
            eprintln!("runnable: cancelled the calls in flight\n  {}", how_to_resume(folder));
            Ok(signal.outcome())
        }
        Err(error) => {
            let failure = Failure::from(error);
            Err(Failure::new(format!("{failure}\n  {}", how_to_resume(folder))))
        }
    }
}

/// Makes the failed items of a job pending again. Returns their number.
pub(super) async fn retry_failed(folder: &Path) -> Result<u64> {
    Ok(StoredJob::open(folder).await?.retry_failed().await?)
}

/// Creates the run of a job. It does nothing until it is awaited.
pub(super) fn prepare(folder: &Path, stored: &StoredTask) -> Result<JobRun> {
    let chain = chain(folder, stored)?;
    let StoredTask { task, limits } = stored;
    let concurrency = if task.batch_api { BATCH_CONCURRENCY } else { CONCURRENCY };
    let mut job = Job::new(folder, chain)
        .inputs(inputs(task)?)
        .max_concurrency(limits.concurrency.unwrap_or(concurrency))
        .retry(RetryPolicy::new().max_attempts(limits.attempts.unwrap_or(ATTEMPTS)));
    for output in outputs(&task.output, task.without_inputs)? {
        job = job.output(output);
    }
    if let Some(limit) = limits.max_failures {
        job = job.max_failures(limit);
    }
    if let Some(limit) = &limits.max_cost {
        let cost: Cost = limit.parse().map_err(|error| {
            Failure::new(format!("invalid value `{limit}` of `--max-cost`: {error}"))
        })?;
        job = job.max_cost(cost);
    }
    if limits.allow_unknown_costs {
        job = job.allow_unknown_costs();
    }
    Ok(job.run())
}

/// Prints how a job has ended.
fn ended(folder: &Path, stored: &StoredTask, report: &JobReport, signal: StopSignal) -> Outcome {
    eprintln!("runnable: {report}");
    let word = shell_word(folder);
    if stored.task.output.is_empty() && report.done > 0 {
        eprintln!("  write the results to a file with: runnable job export {word} -o results.csv");
    }
    for output in &stored.task.output {
        eprintln!("  results in {}", output.display());
    }
    if report.failed > 0 {
        let failed = folder.join("failed.jsonl");
        eprintln!(
            "  failed items in {}; try them again with: runnable job retry-failed {word}",
            failed.display()
        );
    }
    match report.outcome {
        JobOutcome::Completed => {}
        JobOutcome::UnknownCost => {
            eprintln!("  {} --allow-unknown-costs", how_to_resume(folder));
        }
        _ => eprintln!("  {}", how_to_resume(folder)),
    }
    match report.outcome {
        JobOutcome::Completed if report.failed == 0 => Outcome::Success,
        // Only a signal stops a job by its handle.
        JobOutcome::Stopped => signal.outcome(),
        _ => Outcome::Found,
    }
}

fn how_to_resume(folder: &Path) -> String {
    format!("continue with: runnable job resume {}", shell_word(folder))
}
