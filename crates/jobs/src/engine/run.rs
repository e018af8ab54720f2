//! [`run`]: a run of a job, from its journal to its outputs.

use std::{
    future::poll_fn,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use runnable_core::{Error, ErrorKind, Result, Runnable};
use tokio::{sync::watch, time::Instant};

use super::{calls::Calls, engine::Engine, intake::Intake, reporter::Reporter, stop::Stop};
use crate::{
    inputs::JobInputs,
    journal::{Journal, RedbJournal, in_thread},
    outputs::DeadLetters,
    records::{load, lock, summary_change},
    state::{Control, JobOutcome, JobProgress, JobReport, JobState, Settings},
    stored::{check, export},
};

/// Where the journal of a job is.
pub(crate) enum Source {
    /// In a folder, which is opened when the job runs.
    Folder(PathBuf),
    /// In a journal that the program has opened.
    Journal(Arc<dyn Journal>),
}

/// Runs a job.
pub(crate) async fn run<R: Runnable<Input: Clone>>(
    chain: R,
    inputs: Option<Box<dyn JobInputs<R::Input>>>,
    source: Source,
    mut settings: Settings,
    control: Arc<Control>,
    states: Arc<watch::Sender<JobProgress>>,
) -> Result<JobReport> {
    let begin = Instant::now();
    let Some(inputs) = inputs else {
        let message = "the job has no inputs; set them with `Job::inputs`";
        return Err(Error::new(ErrorKind::InvalidInput, message));
    };
    if settings.max_concurrency == 0 {
        let message = "invalid max_concurrency: 0; set it to 1 or more";
        return Err(Error::new(ErrorKind::InvalidInput, message));
    }
    check_files(&*inputs, &settings)?;
    let journal: Arc<dyn Journal> = match source {
        Source::Journal(journal) => journal,
        Source::Folder(folder) => {
            settings.outputs.push(Arc::new(DeadLetters::new(folder.join("failed.jsonl"))));
            Arc::new(in_thread("the journal", move || RedbJournal::open(folder)).await?)
        }
    };
    check(settings.outputs.clone()).await?;
    let calls = Calls::new(chain, &settings)?;
    let ledger = load(&*journal).await?;
    let outputs = settings.outputs.clone();
    let reporter = Reporter::new(states, begin, inputs.count(), &ledger);
    let ledger = Arc::new(Mutex::new(ledger));
    let intake = Intake::new(inputs.read(), Arc::clone(&journal), Arc::clone(&ledger));
    let mut engine = Engine::new(
        calls,
        settings,
        Arc::clone(&journal),
        intake,
        Arc::clone(&ledger),
        control,
        reporter,
    );
    let stop = poll_fn(|cx| engine.poll(cx)).await?;

    let summary = engine.summary();
    journal.write(vec![summary_change(&summary)?]).await?;
    engine.reporter.publish(JobState::Exporting, &lock(&ledger));
    let exported = export(&journal, outputs).await;
    engine.reporter.publish(JobState::Ended, &lock(&ledger));
    let outcome = match stop {
        // The error that stopped the job is more important than an error of an output.
        Some(Stop::Failed(error)) if summary.done + summary.failed == 0 => return Err(error),
        Some(Stop::Failed(error)) => {
            let message = format!(
                "the job has stopped: {} items are done and {} have failed; run it again to resume it",
                summary.done, summary.failed
            );
            return Err(error.with_note(message));
        }
        Some(Stop::Outcome(outcome)) => outcome,
        None => JobOutcome::Completed,
    };
    exported.map_err(|error| {
        error.with_note("the journal keeps the results; run the job again to write the outputs")
    })?;
    let ledger = lock(&ledger);
    Ok(JobReport {
        outcome,
        done: summary.done,
        failed: summary.failed,
        pending: summary.len.saturating_sub(summary.done + summary.failed),
        skipped: engine.reporter.skipped(),
        interrupted: ledger.interrupted,
        repaired: journal.was_repaired(),
        usage: ledger.spent.clone(),
        elapsed: engine.reporter.elapsed(),
    })
}

/// Checks that no output replaces the file of the inputs, which a job reads again when it resumes.
fn check_files<T: 'static>(inputs: &dyn JobInputs<T>, settings: &Settings) -> Result<()> {
    // A terminal is both an input and an output.
    let file = |file: Option<&Path>| file?.canonicalize().ok().filter(|file| file.is_file());
    let Some(input) = file(inputs.file()) else { return Ok(()) };
    let is_input = |output: Option<&Path>| file(output).is_some_and(|output| output == input);
    if settings.outputs.iter().any(|output| is_input(output.file())) {
        let message = format!(
            "the output `{}` would replace the inputs of the job; write to another file",
            input.display()
        );
        return Err(Error::new(ErrorKind::InvalidInput, message));
    }
    Ok(())
}
