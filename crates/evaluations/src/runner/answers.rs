//! [`answers`]: the answers of a candidate to all examples.

use std::{collections::HashMap, path::Path};

use runnable_core::{Chunked, DynRunnable, Result};
use runnable_jobs::{JobItem, JobResult, inputs::items};
use serde_json::Value;

use super::{dataset::Dataset, jobs::Jobs};

/// Runs a candidate on all examples that have no answer yet. Returns the answers in the order of the
/// examples. `None` stands for an item that the job did not finish.
pub(super) async fn answers<I: Chunked + Clone>(
    name: &str,
    folder: &Path,
    candidate: DynRunnable<I, Value>,
    dataset: &Dataset<I>,
    jobs: &mut Jobs,
) -> Result<Vec<Option<JobResult>>> {
    let entries = dataset.entries.iter();
    let inputs: Vec<_> = entries
        .map(|entry| JobItem { key: entry.answer_key.clone(), input: entry.example.input.clone() })
        .collect();
    let mut results = jobs.run(name.to_owned(), folder, candidate, items(inputs)).await?;
    let mut by_key = HashMap::new();
    while let Some(result) = results.next().await.transpose()? {
        by_key.insert(result.key.clone(), result);
    }
    // Answers to earlier versions of an example stay in the folder, and are ignored.
    Ok(dataset.entries.iter().map(|entry| by_key.remove(&entry.answer_key)).collect())
}
