//! The inputs of a job: files, lists and streams.
//!
//! | source | items |
//! |---|---|
//! | [`JsonLinesInputs`] | the lines of a file with JSON |
//! | [`CsvInputs`] | the rows of a CSV file |
//! | [`TextLineInputs`] | the lines of a text file |
//! | [`TextFileInputs`] | the text files of a folder |
//! | `ParquetInputs` (feature `parquet`) | the rows of a Parquet file |
//! | [`items()`], [`item_stream()`] | the items of an iterator or a stream |
//!
//! A thread reads a file while the job runs, and ends with the job. Only a few items are in memory.
//! An item that is not valid is a failed item of the job. Its error states the file, the line, what
//! was expected, and how the text begins.

mod csv_inputs;
mod files;
mod item_iter;
mod item_stream;
mod job_inputs;
mod job_item;
mod json_lines_inputs;
#[cfg(feature = "parquet")]
mod parquet_inputs;
mod read_item;
mod text_file_inputs;
mod text_line_inputs;

#[cfg(feature = "parquet")]
pub use self::parquet_inputs::ParquetInputs;
pub use self::{
    csv_inputs::CsvInputs,
    item_iter::{ItemIter, items},
    item_stream::{ItemStream, item_stream},
    job_inputs::JobInputs,
    job_item::JobItem,
    json_lines_inputs::JsonLinesInputs,
    read_item::ReadItem,
    text_file_inputs::TextFileInputs,
    text_line_inputs::TextLineInputs,
};
