//! How a call is configured, and opened.

mod inherit;
pub(crate) mod opened;
mod run_config;

pub use self::run_config::RunConfig;
