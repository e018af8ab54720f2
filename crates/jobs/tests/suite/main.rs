//! Tests of jobs.

mod basics;
mod batch_queue;
mod batch_service;
mod csv_inputs;
mod file_outputs;
mod from_file_to_file;
mod json_lines_inputs;
mod malformed_files;
#[cfg(feature = "parquet")]
mod parquet_files;
mod read_all;
mod reading_threads;
mod round_trips;
mod tables;
mod text_inputs;
