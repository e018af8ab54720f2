//! The providers against servers that others wrote. `cargo xtask e2e` starts them, and says by
//! environment variables where they are.

mod aimock;
mod dialect;
mod llama;
mod place;
mod schemas;
mod tls;
