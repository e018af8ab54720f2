//! `runnable job export`: writes the results of a job that does not run.

use std::path::Path;

use runnable::jobs::{JobOutput, StoredJob, outputs::DeadLetters};

use super::outputs::outputs;
use crate::{
    arguments::JobExport,
    exit::{Outcome, Result},
};

pub(super) async fn run(arguments: &JobExport) -> Result {
    let paths = &arguments.output;
    let outputs = if arguments.failed {
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
