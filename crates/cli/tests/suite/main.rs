//! Tests of the program. Each test runs the executable with arguments, like a shell.

mod ask;
mod batch_service;
mod batch_state;
mod chat_service;
mod commands;
mod failures;
mod follow_page;
mod follow_tree;
mod growing;
mod http_request;
mod job_files;
mod jobs;
mod killed_batches;
mod killed_jobs;
mod program;
mod recordings;
mod server;
mod service;
mod written_files;
