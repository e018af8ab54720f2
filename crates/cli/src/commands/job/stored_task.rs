//! [`StoredTask`]: what a job does, as it is stored in the folder of the job.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::shell_word::shell_word;
use crate::{
    arguments::{JobLimits, JobTask},
    exit::{Failure, Result},
    output::write_to,
};

/// The name of the file in the folder of the job.
const FILE: &str = "task.json";

/// What a job does, as it is stored in the folder of the job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredTask {
    pub(super) task: JobTask,
    pub(super) limits: JobLimits,
}

impl StoredTask {
    /// Reads the prompt file, and makes all paths absolute, so that the job can be resumed from any
    /// folder.
    pub(super) fn new(task: &JobTask, limits: &JobLimits) -> Result<Self> {
        let mut task = task.clone();
        if let Some(file) = task.prompt_file.take() {
            let prompt = fs::read_to_string(&file).map_err(|error| {
                Failure::new(format!("failed to read the prompt `{}`: {error}", file.display()))
            })?;
            // Some editors begin a file with this mark.
            let prompt = prompt.strip_prefix('\u{feff}').unwrap_or(&prompt);
            task.prompt = Some(prompt.to_owned());
        }
        task.input = absolute(&task.input)?;
        task.schema = task.schema.as_deref().map(absolute).transpose()?;
        task.output = task.output.iter().map(|path| absolute(path)).collect::<Result<_>>()?;
        Ok(Self { task, limits: limits.clone() })
    }

    /// Fails if the folder contains a job with another task. Only the limits and the outputs may
    /// change.
    pub(super) fn check_folder(&self, folder: &Path) -> Result<()> {
        let Some(before) = Self::load(folder)? else { return Ok(()) };
        let Some(difference) = difference(&before.task, &self.task) else { return Ok(()) };
        Err(Failure::new(format!(
            "`{}` contains a job with another task: its {difference} differs; choose another folder, \
             continue that job with `runnable job resume {}`, or delete the folder if its results \
             are not needed",
            folder.display(),
            shell_word(folder),
        )))
    }

    /// Creates the folder, and stores the task in it.
    pub(super) fn store(&self, folder: &Path) -> Result<()> {
        if Self::load(folder)?.as_ref() == Some(self) {
            return Ok(());
        }
        fs::create_dir_all(folder).map_err(|error| {
            Failure::new(format!("failed to create the folder `{}`: {error}", folder.display()))
        })?;
        write_to(Some(&folder.join(FILE)), |out| {
            serde_json::to_writer_pretty(&mut *out, self)?;
            writeln!(out)
        })
    }

    /// Loads the task of a job that has begun, with the limits that are set now.
    pub(super) fn resume(folder: &Path, limits: &JobLimits) -> Result<Self> {
        let Some(before) = Self::load(folder)? else {
            return Err(Failure::new(format!(
                "`{}` contains no job; begin one with `runnable job run`",
                folder.display()
            )));
        };
        Ok(Self { limits: merged(&before.limits, limits), task: before.task })
    }

    /// Loads the task in a folder. Returns `None` if there is none.
    pub(super) fn load(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(FILE);
        let json = match fs::read(&path) {
            Ok(json) => json,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                let message = format!("failed to read `{}`: {error}", path.display());
                return Err(Failure::new(message));
            }
        };
        let task = serde_json::from_slice(&json).map_err(|error| {
            Failure::new(format!("`{}` is not the task of a job: {error}", path.display()))
        })?;
        Ok(Some(task))
    }
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path)
        .map_err(|error| Failure::new(format!("invalid path `{}`: {error}", path.display())))
}

/// Returns the stored limits, replaced by those that are set now.
fn merged(stored: &JobLimits, now: &JobLimits) -> JobLimits {
    JobLimits {
        concurrency: now.concurrency.or(stored.concurrency),
        attempts: now.attempts.or(stored.attempts),
        max_failures: now.max_failures.or(stored.max_failures),
        max_cost: now.max_cost.clone().or_else(|| stored.max_cost.clone()),
        allow_unknown_costs: now.allow_unknown_costs || stored.allow_unknown_costs,
        requests_per_minute: now.requests_per_minute.or(stored.requests_per_minute),
        tokens_per_minute: now.tokens_per_minute.or(stored.tokens_per_minute),
        grace: now.grace.or(stored.grace),
        quiet: false,
    }
}

/// Returns the name of the first setting that differs, and that results depend on.
fn difference(before: &JobTask, after: &JobTask) -> Option<&'static str> {
    let same_outputs = JobTask {
        output: before.output.clone(),
        without_inputs: before.without_inputs,
        ..after.clone()
    };
    if *before == same_outputs {
        return None;
    }
    let differs = [
        ("input", before.input != after.input || before.format != after.format),
        ("encoding", before.encoding != after.encoding),
        ("delimiter", before.delimiter != after.delimiter),
        ("list of columns", before.columns != after.columns),
        ("key", before.key != after.key),
        ("model", before.model != after.model),
        ("prompt", before.prompt != after.prompt || before.system != after.system),
        ("list of labels", before.labels != after.labels),
        ("JSON schema", before.schema != after.schema || before.json != after.json),
    ];
    let first = differs.into_iter().find(|(_, differs)| *differs);
    Some(first.map_or("list of options", |(name, _)| name))
}
