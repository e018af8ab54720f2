//! The JSON of an answer, read as a Rust type.

use std::any;

use runnable_core::{Error, ErrorKind, Result};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::answer_reader::head;
use crate::from_json::from_json;

/// Reads the JSON of an answer as the type that is wanted.
pub(super) fn typed<T: DeserializeOwned>(value: Value) -> Result<T> {
    from_json(&value).map_err(|wrong| {
        let name = any::type_name::<T>().rsplit("::").next().unwrap_or_default();
        let json = head(&value.to_string());
        let wrong = format!("the JSON in the answer is no {name}: {wrong}; it is `{json}`");
        Error::new(ErrorKind::Parse, wrong)
    })
}
