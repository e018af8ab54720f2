//! The outputs of a job, by the ending of the file.

use std::path::{Path, PathBuf};

#[cfg(feature = "parquet")]
use runnable::jobs::outputs::ParquetOutput;
use runnable::jobs::{
    JobOutput,
    outputs::{CsvOutput, JsonLinesOutput, TextLinesOutput},
};

use crate::exit::{Failure, Result};

/// The endings of the files that a job reads and writes, for an error.
pub(super) const ENDINGS: &str = if cfg!(feature = "parquet") {
    ".csv, .tsv, .jsonl, .txt or .parquet"
} else {
    ".csv, .tsv, .jsonl or .txt (or .parquet, if the program was built with this feature)"
};

/// Returns the outputs with these names.
pub(super) fn outputs(paths: &[PathBuf], without_inputs: bool) -> Result<Vec<Box<dyn JobOutput>>> {
    paths.iter().map(|path| output(path, without_inputs)).collect()
}

fn output(path: &Path, without_inputs: bool) -> Result<Box<dyn JobOutput>> {
    let csv = |delimiter| {
        let output = CsvOutput::new(path).delimiter(delimiter);
        if without_inputs { output } else { output.keep_input() }
    };
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    Ok(match extension.as_deref() {
        Some("csv") => Box::new(csv(',')),
        Some("tsv") => Box::new(csv('\t')),
        Some("jsonl" | "ndjson") => {
            let output = JsonLinesOutput::new(path);
            Box::new(if without_inputs { output } else { output.keep_input() })
        }
        Some("txt") => Box::new(TextLinesOutput::new(path)),
        #[cfg(feature = "parquet")]
        Some("parquet") => {
            let output = ParquetOutput::new(path);
            Box::new(if without_inputs { output } else { output.keep_input() })
        }
        _ => {
            return Err(Failure::new(format!(
                "unknown format of the output `{}`: expected a file named {ENDINGS}",
                path.display()
            )));
        }
    })
}
