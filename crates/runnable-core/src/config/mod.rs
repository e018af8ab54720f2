//! The configuration of a call, the merging of configurations, and their conversion to contexts.

mod inherit;
pub(crate) mod opened;
mod run_config;

pub use self::run_config::RunConfig;
