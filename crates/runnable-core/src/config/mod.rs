//! The configuration of a call, its merging, and its conversion to a context.

mod inherit;
pub(crate) mod opened;
mod run_config;

pub use self::run_config::RunConfig;
