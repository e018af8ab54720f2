//! The inputs of a job, by the format of the file.

use std::path::Path;

use futures_util::StreamExt;
use runnable::{
    Dict, Result as RunnableResult,
    jobs::{
        JobInputs, ReadItem,
        inputs::{CsvInputs, JsonLinesInputs, TextFileInputs, TextLineInputs},
    },
};

use crate::{
    arguments::{InputFormat, JobTask},
    exit::{Failure, Result},
};

/// The inputs of a job of this program. Each item is a row with named values.
pub(super) type Inputs = Box<dyn JobInputs<Dict>>;

/// Returns the inputs of a task.
pub(super) fn inputs(task: &JobTask) -> Result<Inputs> {
    let path = &task.input;
    let format = match task.format {
        Some(format) => format,
        None => format_of(path)?,
    };
    let key = task.key.as_deref();
    if key.is_some() && matches!(format, InputFormat::Lines | InputFormat::Files) {
        return Err(Failure::new(
            "`--key` needs rows with columns: expected CSV, TSV or JSONL; lines are identified by \
             their number, and files by their path",
        ));
    }
    let csv = |delimiter| {
        let inputs = CsvInputs::open(path).delimiter(delimiter);
        match key {
            Some(key) => inputs.key(key),
            None => inputs,
        }
    };
    Ok(match format {
        InputFormat::Csv => Box::new(csv(',')),
        InputFormat::Tsv => Box::new(csv('\t')),
        InputFormat::Jsonl => {
            let inputs = JsonLinesInputs::open(path);
            match key {
                Some(key) => Box::new(inputs.key(key)),
                None => Box::new(inputs),
            }
        }
        InputFormat::Lines => Box::new(TextLineInputs::open(path).name("text")),
        InputFormat::Files => Box::new(TextFileInputs::open(path)),
    })
}

fn format_of(path: &Path) -> Result<InputFormat> {
    if path.is_dir() {
        return Ok(InputFormat::Files);
    }
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    match extension.as_deref() {
        Some("csv") => Ok(InputFormat::Csv),
        Some("tsv") => Ok(InputFormat::Tsv),
        Some("jsonl" | "ndjson") => Ok(InputFormat::Jsonl),
        Some("txt" | "log") => Ok(InputFormat::Lines),
        _ => Err(Failure::new(format!(
            "unknown format of the input `{}`: expected a folder, or a file named .csv, .tsv, \
             .jsonl or .txt; state the format with `--format`",
            path.display()
        ))),
    }
}

/// Reads the first item. Returns `None` if there is none, or if it is not valid.
pub(super) async fn first(inputs: Inputs) -> RunnableResult<Option<Dict>> {
    let first = inputs.read().next().await.transpose()?;
    Ok(first.and_then(|first| match first {
        ReadItem::Item(item) => Some(item.input),
        _ => None,
    }))
}
