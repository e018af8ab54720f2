//! Tests the providers with servers of other projects: llama.cpp with a real model, a mock of the
//! APIs of services, and a server with TLS. Then compares the requests that were sent with the
//! specifications that the services publish.
//!
//! Everything runs on the loopback interface, and is installed in `target/e2e`.

mod folder;
mod installation;
mod run;
mod server;

pub(crate) use run::run;
