//! Tests the providers with servers of other projects: llama.cpp with a real model, a mock of the
//! APIs of services, and a server with TLS. Then compares the requests that were sent with the
//! specifications that the services publish, and the spans that a collector of OpenTelemetry
//! receives with the lists of names in `runnable-otel`. At the end, opens pages of traces in
//! headless Chromium.
//!
//! Everything runs on the loopback interface, and is installed in `target/e2e`.

mod browser;
mod command;
mod folder;
mod installation;
mod page;
mod run;
mod server;

pub(crate) use run::run;
