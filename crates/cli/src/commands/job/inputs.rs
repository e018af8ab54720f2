//! The inputs of a job, by the format of the file.

use std::path::Path;

use futures_util::StreamExt;
#[cfg(feature = "parquet")]
use runnable::jobs::inputs::ParquetInputs;
use runnable::{
    Dict, Error, ErrorKind, Result as RunnableResult,
    jobs::{
        JobInputs, ReadItem,
        inputs::{CsvInputs, JsonLinesInputs, TextFileInputs, TextLineInputs},
    },
};

use super::outputs::ENDINGS;
use crate::{
    arguments::{InputFormat, JobTask},
    exit::{Failure, Result},
};

/// The number of invalid items at the beginning of a file after which a job does not begin.
const MOST_INVALID: usize = 100;

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
    let is_csv = matches!(format, InputFormat::Csv | InputFormat::Tsv);
    if !is_csv && (task.delimiter.is_some() || !task.columns.is_empty()) {
        return Err(Failure::new("`--delimiter` and `--columns` need an input in CSV or TSV"));
    }
    let encoding = task.encoding.as_deref();
    let csv = |delimiter| {
        let inputs = CsvInputs::open(path).delimiter(task.delimiter.unwrap_or(delimiter));
        let columns = Some(&task.columns).filter(|columns| !columns.is_empty());
        let inputs = with(inputs, columns, CsvInputs::columns);
        Box::new(with(with(inputs, encoding, CsvInputs::encoding), key, CsvInputs::key))
    };
    Ok(match format {
        InputFormat::Csv => csv(','),
        InputFormat::Tsv => csv('\t'),
        InputFormat::Jsonl => {
            let inputs = with(JsonLinesInputs::open(path), encoding, JsonLinesInputs::encoding);
            Box::new(with(inputs, key, JsonLinesInputs::key))
        }
        InputFormat::Lines => {
            let inputs = TextLineInputs::open(path).name("text");
            Box::new(with(inputs, encoding, TextLineInputs::encoding))
        }
        InputFormat::Files => {
            Box::new(with(TextFileInputs::open(path), encoding, TextFileInputs::encoding))
        }
        #[cfg(feature = "parquet")]
        InputFormat::Parquet => Box::new(with(ParquetInputs::open(path), key, ParquetInputs::key)),
    })
}

/// Sets a value of inputs if the user has set it.
fn with<I, V>(inputs: I, value: Option<V>, set: impl FnOnce(I, V) -> I) -> I {
    match value {
        Some(value) => set(inputs, value),
        None => inputs,
    }
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
        #[cfg(feature = "parquet")]
        Some("parquet") => Ok(InputFormat::Parquet),
        _ => Err(Failure::new(format!(
            "unknown format of the input `{}`: expected a folder, or a file named {ENDINGS}; state \
             the format with `--format`",
            path.display()
        ))),
    }
}

/// Reads the first item that is valid. Returns `None` if the source is empty.
///
/// # Errors
///
/// Returns an error if many items are not valid, because probably no item is: the file has another
/// format than the job expects.
pub(super) async fn first(inputs: Inputs) -> RunnableResult<Option<Dict>> {
    let mut items = inputs.read();
    let mut invalid = 0;
    let mut first_error = None;
    while invalid < MOST_INVALID
        && let Some(item) = items.next().await.transpose()?
    {
        match item {
            ReadItem::Item(item) => return Ok(Some(item.input)),
            ReadItem::Malformed { error, .. } => _ = first_error.get_or_insert(error),
            _ => {}
        }
        invalid += 1;
    }
    let Some(error) = first_error else { return Ok(None) };
    let items = if invalid == 1 { "item" } else { "items" };
    let message = format!("the input begins with {invalid} invalid {items}: {}", error.message());
    Err(Error::new(ErrorKind::InvalidInput, message))
}
