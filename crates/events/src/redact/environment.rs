//! Finds secrets in the environment of the program.

use std::env;

/// The ends of the names of variables that contain secrets.
const NAMES: [&str; 5] = ["_API_KEY", "_ACCESS_KEY", "_PASSWORD", "_SECRET", "_TOKEN"];

/// The length of the shortest secret. A shorter value, such as `test`, is also part of other texts.
const SHORTEST: usize = 8;

/// Returns the values of the environment variables that contain secrets.
pub(super) fn secrets() -> Vec<String> {
    let variables = env::vars_os().filter_map(|(name, value)| {
        let (name, value) = (name.into_string().ok()?, value.into_string().ok()?);
        let is_secret = NAMES.iter().any(|end| name.ends_with(end));
        (is_secret && value.len() >= SHORTEST).then_some(value)
    });
    variables.collect()
}
