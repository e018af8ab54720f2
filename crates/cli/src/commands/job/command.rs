//! Calls the command of `runnable job` that the user has chosen.

use super::{
    export, first_item, places, run as running, run::prepare, status, stored_task::StoredTask,
};
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
                places::check(&run.folder, &stored.task)?;
                first_item::check(&stored.task).await?;
                // Store the task last, so that the folder stays free after an error.
                let job = prepare(&run.folder, &stored)?;
                stored.store(&run.folder)?;
                running::run(job, &run.folder, &stored, run.limits.quiet, color).await
            }
            Job::Resume(resume) => {
                let (folder, limits) = (&resume.job.folder, &resume.limits);
                let stored = StoredTask::resume(folder, limits)?;
                let job = prepare(folder, &stored)?;
                stored.store(folder)?;
                running::run(job, folder, &stored, limits.quiet, color).await
            }
            Job::RetryFailed(resume) => {
                let (folder, limits) = (&resume.job.folder, &resume.limits);
                let stored = StoredTask::resume(folder, limits)?;
                let job = prepare(folder, &stored)?;
                let retried = running::retry_failed(folder).await?;
                stored.store(folder)?;
                if retried == 0 {
                    eprintln!("runnable: no item has failed, so there is nothing to try again");
                }
                running::run(job, folder, &stored, limits.quiet, color).await
            }
            Job::Status(arguments) => status::run(arguments).await,
            Job::Export(arguments) => export::run(arguments).await,
        }
    })
}
