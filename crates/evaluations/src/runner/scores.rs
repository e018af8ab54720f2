//! [`scores`]: the scores of the answers of a candidate.

use std::{collections::HashMap, path::Path};

use runnable_chat::metering::UsageTotals;
use runnable_core::{DynRunnable, Result};
use runnable_jobs::{JobItem, JobResult, inputs::items};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    dataset::{Dataset, item_key},
    jobs::Jobs,
};
use crate::{report::ItemScore, score::Score, scored::Scored};

/// Scores all answers that have no score yet. Returns the scores in the order of the examples, and
/// what the models of the scorer used.
///
/// An example without an answer has the score 0: see [`ItemScore`].
pub(super) async fn scores<I>(
    name: &str,
    folder: &Path,
    scorer: DynRunnable<Scored, Score>,
    dataset: &Dataset<I>,
    answers: &[Option<JobResult>],
    jobs: &mut Jobs,
) -> Result<(Vec<ItemScore>, UsageTotals)> {
    let mut inputs = Vec::new();
    let mut keys = Vec::new();
    for (entry, answer) in dataset.entries.iter().zip(answers) {
        let output = answer.as_ref().and_then(|answer| answer.result.as_ref().ok());
        let Some(output) = output else {
            keys.push(None);
            continue;
        };
        let expected = entry.example.expected.clone();
        let scored = Scored { input: entry.input.clone(), expected, output: output.clone() };
        // If the expected value or the answer changes, the answer is scored again.
        let digested = json!([scored.input, scored.expected, scored.output]);
        let key = item_key(&entry.key, &digested);
        inputs.push(JobItem { key: key.clone(), input: scored });
        keys.push(Some(key));
    }

    let mut results = HashMap::new();
    if !inputs.is_empty() {
        let mut stream = jobs.run(name.to_owned(), folder, scorer, items(inputs)).await?;
        while let Some(result) = stream.next().await.transpose()? {
            results.insert(result.key.clone(), result);
        }
    }
    let mut usage = UsageTotals::default();
    let scores = keys.into_iter().map(|key| {
        let Some(key) = key else {
            return ItemScore::without_answer();
        };
        let Some(result) = results.remove(&key) else {
            return ItemScore::failed("the scorer returned nothing".to_owned());
        };
        usage += result.usage;
        match result.result {
            Ok(score) => score_of(&score),
            Err(failed) => ItemScore::failed(failed.message),
        }
    });
    let scores = scores.collect();
    Ok((scores, usage))
}

fn score_of(score: &Value) -> ItemScore {
    match Score::deserialize(score) {
        Ok(score) => ItemScore::of(score),
        Err(error) => ItemScore::failed(format!("invalid score in the folder: {error}")),
    }
}
