//! Tests of the program. Each test runs the executable with arguments, like a shell.

mod ask;
mod chat_service;
mod commands;
mod failures;
mod follow_page;
mod follow_tree;
mod growing;
mod job_files;
mod jobs;
mod killed_jobs;
mod program;
mod recordings;
mod server;
mod service;
mod written_files;
