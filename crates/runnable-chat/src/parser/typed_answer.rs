//! Deserializes the JSON of an answer as a Rust type.

use std::any;

use runnable_core::{Error, ErrorKind, Result};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{excerpt::head, from_json::from_json};

/// Deserializes the JSON of an answer as a `T`.
pub(super) fn typed<T: DeserializeOwned>(value: Value) -> Result<T> {
    from_json(&value).map_err(|reason| {
        let name = without_paths(any::type_name::<T>());
        let json = head(&value.to_string());
        let message = format!(
            "cannot deserialize the model's answer as `{name}`: {reason}; the JSON is `{json}`"
        );
        Error::new(ErrorKind::Parse, message)
    })
}

/// Removes the paths from the name of a type: `Vec<Item>` for `alloc::vec::Vec<my_crate::Item>`.
fn without_paths(type_name: &str) -> String {
    // The path of a type that is defined in an async function contains braces:
    // `main::{{closure}}::Item`.
    let is_in_path = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':' | '{' | '}');
    let mut name = String::new();
    let mut path = String::new();
    for c in type_name.chars() {
        if is_in_path(c) {
            path.push(c);
            continue;
        }
        name.push_str(path.rsplit("::").next().unwrap_or_default());
        path.clear();
        name.push(c);
    }
    name.push_str(path.rsplit("::").next().unwrap_or_default());
    name
}
