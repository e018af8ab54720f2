//! The outputs of a job: the files that it writes from its journal.
//!
//! | output | contents |
//! |---|---|
//! | [`JsonLinesOutput`] | a JSON object for each result |
//! | [`CsvOutput`] | a row of CSV for each result |
//! | [`TextLinesOutput`] | a line of text for each result |
//! | `ParquetOutput` (feature `parquet`) | a row of a Parquet file for each result |
//! | [`DeadLetters`] | a JSON object for each item that failed |
//!
//! An output replaces its previous file in one step, when it is complete. So a crash leaves the
//! previous file or the new file.

mod csv_output;
mod dead_letters;
mod failed_item;
mod files;
mod job_output;
mod job_result;
mod json_lines_output;
#[cfg(feature = "parquet")]
mod parquet_output;
mod text_lines_output;

#[cfg(feature = "parquet")]
pub use self::parquet_output::ParquetOutput;
pub use self::{
    csv_output::CsvOutput,
    dead_letters::DeadLetters,
    failed_item::FailedItem,
    files::AtomicFile,
    job_output::{JobOutput, OutputWriter},
    job_result::JobResult,
    json_lines_output::JsonLinesOutput,
    text_lines_output::TextLinesOutput,
};
