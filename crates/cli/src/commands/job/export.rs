//! `runnable job export`: writes the results of a job that does not run.

use std::path::{Path, PathBuf};

use runnable::jobs::{JobOutput, StoredJob, outputs::DeadLetters};

use super::{outputs::outputs, places, stored_task::StoredTask};
use crate::{
    arguments::JobExport,
    exit::{Failure, Outcome, Result},
};

pub(super) async fn run(arguments: &JobExport) -> Result {
    let paths = &arguments.output;
    let stored = StoredTask::load(&arguments.job.folder)?;
    places::check_outputs(paths, stored.as_ref().map(|stored| &*stored.task.input))?;
    let outputs = if arguments.failed {
        let is_json = |path: &PathBuf| {
            path.extension().is_some_and(|extension| extension == "jsonl" || extension == "ndjson")
        };
        if let Some(other) = paths.iter().find(|path| !is_json(path)) {
            return Err(Failure::new(format!(
                "unknown format of the output `{}`: failed items are written to a file named .jsonl",
                other.display()
            )));
        }
        paths.iter().map(|path| Box::new(DeadLetters::new(path)) as Box<dyn JobOutput>).collect()
    } else {
        outputs(paths, arguments.without_inputs)?
    };
    export(&arguments.job.folder, outputs).await?;
    Ok(Outcome::Success)
}

/// Writes the results of the job in a folder.
pub(super) async fn export(folder: &Path, outputs: Vec<Box<dyn JobOutput>>) -> Result<()> {
    let job = StoredJob::open(folder).await?;
    for output in outputs {
        job.export(output).await?;
    }
    Ok(())
}
