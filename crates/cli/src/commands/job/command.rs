//! Calls the command of `runnable job` that the user has chosen.

use super::{export, first_item, run as running, status, stored_task::StoredTask};
use crate::{
    arguments::{Color, Job},
    exit::{Failure, Result},
};

pub(crate) fn run(arguments: &Job, color: Color) -> Result {
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| Failure::new(format!("failed to start the Tokio runtime: {error}")))?;
    runtime.block_on(async {
        match arguments {
            Job::Run(run) => {
                let stored = StoredTask::new(&run.task, &run.limits)?;
                stored.check_folder(&run.folder)?;
                first_item::check(&stored.task).await?;
                stored.begin(&run.folder)?;
                running::run(&run.folder, &stored, run.limits.quiet, color).await
            }
            Job::Resume(resume) => {
                let stored = StoredTask::resume(&resume.job.folder, &resume.limits)?;
                running::run(&resume.job.folder, &stored, resume.limits.quiet, color).await
            }
            Job::RetryFailed(resume) => {
                let stored = StoredTask::resume(&resume.job.folder, &resume.limits)?;
                let retried = running::retry_failed(&resume.job.folder).await?;
                if retried == 0 {
                    eprintln!("runnable: no item has failed, so there is nothing to try again");
                }
                running::run(&resume.job.folder, &stored, resume.limits.quiet, color).await
            }
            Job::Status(arguments) => status::run(arguments).await,
            Job::Export(arguments) => export::run(arguments).await,
        }
    })
}
