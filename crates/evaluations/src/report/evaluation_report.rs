//! [`EvaluationReport`]: the results of an evaluation.

use std::{fmt, fs, io::Write, path::Path};

use runnable_core::{Error, ErrorKind, Result};
use runnable_jobs::outputs::AtomicFile;
use serde::{Deserialize, Serialize};

use super::{
    candidate_report::CandidateReport, duration_text::duration_text, notes::notes, table::Table,
};

/// The results of an evaluation. Returned by [`Evaluation::run`](crate::Evaluation::run).
///
/// `Display` prints a table with a row for each candidate, and the first error of each candidate and
/// scorer. In JSON, a report also contains the result of each example, with all comments and errors.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EvaluationReport {
    /// The candidates, in the order in which they were added.
    pub candidates: Vec<CandidateReport>,
}

impl EvaluationReport {
    /// Reads a report from a JSON file, such as `report.json` in the folder of an evaluation.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::NotFound`] if there is no such file, and [`ErrorKind::Parse`] if it is
    /// not a report.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let json = fs::read(path).map_err(|error| {
            let message = format!("failed to read the report `{}`: {error}", path.display());
            let is_missing = error.kind() == std::io::ErrorKind::NotFound;
            let kind = if is_missing { ErrorKind::NotFound } else { ErrorKind::Other };
            Error::new(kind, message).with_source(error)
        })?;
        serde_json::from_slice(&json).map_err(|error| {
            let message = format!("invalid report `{}`: {error}", path.display());
            Error::new(ErrorKind::Parse, message).with_source(error)
        })
    }

    /// Writes the report to a JSON file. The file is replaced in one step.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let mut file = AtomicFile::create(path.as_ref())?;
        serde_json::to_writer_pretty(&mut file, self).map_err(Error::other)?;
        file.write_all(b"\n")?;
        file.commit()
    }

    /// Returns the results of a candidate. For a model and a prompt, the name is `model · prompt`.
    pub fn candidate(&self, name: &str) -> Option<&CandidateReport> {
        self.candidates.iter().find(|candidate| candidate.name == name)
    }
}

impl fmt::Display for EvaluationReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut scorers: Vec<&str> = Vec::new();
        for summary in self.candidates.iter().flat_map(|candidate| &candidate.scores) {
            if !scorers.contains(&&*summary.scorer) {
                scorers.push(&summary.scorer);
            }
        }
        let headers = ["candidate"].into_iter().chain(scorers.iter().copied());
        let mut table =
            Table::new(headers.chain(["failed", "median", "95th pct.", "tokens", "cost"]));
        for candidate in &self.candidates {
            let mean = |scorer: &&str| {
                let summary = candidate.scores.iter().find(|summary| summary.scorer == **scorer);
                let mean = summary.and_then(|summary| summary.mean.as_ref());
                mean.map_or_else(|| "-".to_owned(), ToString::to_string)
            };
            let total = candidate.usage.total();
            let mut row = vec![candidate.name.clone()];
            row.extend(scorers.iter().map(mean));
            row.extend([
                format!("{}/{}", candidate.failed, candidate.items.len()),
                duration_text(candidate.median_latency),
                duration_text(candidate.p95_latency),
                format!("{} → {}", total.usage.input_tokens, total.usage.output_tokens),
                total.cost.to_string(),
            ]);
            table.push(row);
        }
        write!(f, "{table}")?;
        f.write_str(&notes(&self.candidates))
    }
}
