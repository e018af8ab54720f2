//! Tests of the program: each test runs it as a shell would.

mod commands;
mod failures;
mod program;
mod recordings;
