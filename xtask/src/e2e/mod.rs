//! Runs the providers with servers of other projects: llama.cpp with a real model, a mock of the
//! services' APIs, and TLS. The sent requests are compared with the specifications that services
//! publish.
//!
//! Everything runs on the loopback interface, and is installed in `target/e2e`.

mod folder;
mod installation;
mod run;
mod server;

pub(crate) use run::run;
