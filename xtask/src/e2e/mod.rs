//! Our providers against servers that others wrote: llama.cpp's with a real model, a mock of the
//! services' APIs, and TLS. What we send is compared with the specifications that services publish.
//!
//! All of it runs on the loopback interface; what is installed lies in `target/e2e`.

mod folder;
mod installation;
mod run;
mod server;

pub(crate) use run::run;
