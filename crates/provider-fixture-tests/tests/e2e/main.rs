//! Tests the providers with servers of other projects. `cargo xtask e2e` starts the servers, and
//! sets their addresses as environment variables.

mod aimock;
mod dialect;
mod llama;
mod place;
mod schemas;
mod tls;
