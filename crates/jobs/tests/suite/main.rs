//! Tests of jobs.

mod basics;
mod batch_queue;
mod batch_service;
mod checkpoints;
mod costs;
mod crashes;
mod csv_inputs;
mod damaged;
mod disk_full;
mod duplicates;
#[cfg(feature = "encodings")]
mod encodings;
mod errors;
mod exports;
mod faulty_journals;
mod file_outputs;
mod from_file_to_file;
mod journal_laws;
mod json_lines_inputs;
mod limits;
mod malformed_files;
mod one_batch;
#[cfg(feature = "parquet")]
mod parquet_files;
mod poison;
mod read_all;
mod reading_threads;
mod round_trips;
mod stopping;
mod support;
mod tables;
mod text_inputs;
