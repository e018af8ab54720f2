//! `runnable job export`: writes the results of a job that does not run.

use runnable::jobs::{StoredJob, outputs::DeadLetters};

use super::outputs::outputs;
use crate::{
    arguments::JobExport,
    exit::{Outcome, Result},
};

pub(super) async fn run(arguments: &JobExport) -> Result {
    if arguments.failed {
        let job = StoredJob::open(&arguments.job.folder).await?;
        for path in &arguments.output {
            job.export(DeadLetters::new(path)).await?;
        }
        return Ok(Outcome::Success);
    }
    let outputs = outputs(&arguments.output, arguments.without_inputs)?;
    let job = StoredJob::open(&arguments.job.folder).await?;
    for output in outputs {
        job.export(output).await?;
    }
    Ok(Outcome::Success)
}
